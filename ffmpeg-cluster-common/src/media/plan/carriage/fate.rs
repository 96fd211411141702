//! What becomes of one stream of the source.

use super::{Carried, TEXT_SUBTITLES};
use crate::media::params::{PictureProfile, Profile, Refusal, SoundProfile, SubtitleProfile};
use crate::media::source::{Source, Stream, StreamKind};
use crate::media::words::container::Container;

/// What becomes of a stream, with a sentence for people.
pub(super) enum Fate {
    Kept(Carried, String),
    Dropped(String),
}

/// If the film's clock is set back, only decoded streams can follow the picture.
pub(super) fn laid_out(stream: &Stream, fate: Fate) -> Result<Fate, Refusal> {
    let timeless = stream.is_cover() || stream.kind == StreamKind::Attachment;
    match fate {
        Fate::Kept(Carried::Copied, _) if stream.kind == StreamKind::Audio => Err(Refusal::new(
            "-c:a copy",
            format!(
                "the film's clock jumps midway, and only sound that is encoded can follow its picture; stream 0:{} can't be copied",
                stream.index
            ),
        )),
        Fate::Kept(Carried::Copied | Carried::Converted { .. }, _) if !timeless => Ok(Fate::Dropped(
            "the film's clock jumps midway, and only picture and encoded sound can follow".to_owned(),
        )),
        Fate::Kept(..) | Fate::Dropped(_) => Ok(fate),
    }
}

/// Whether a stream is dropped because the parameters say so, or although nothing of it is lost.
pub(super) fn is_no_loss(stream: &Stream, profile: &Profile) -> bool {
    match stream.kind {
        StreamKind::Audio => profile.sound == SoundProfile::Drop || stream.is_silent(),
        StreamKind::Subtitle => profile.subtitles == SubtitleProfile::Drop,
        StreamKind::Data => stream.tags.contains_key("timecode"),
        StreamKind::Video | StreamKind::Attachment => false,
    }
}

fn copied() -> Fate {
    Fate::Kept(Carried::Copied, "copied".to_owned())
}

fn not_held(container: Container, codec: &str) -> Fate {
    let codec = if codec.is_empty() { "a stream of unknown codec" } else { codec };
    Fate::Dropped(format!("{} can't hold {codec}", container.title()))
}

fn untold(what: &str) -> Fate {
    Fate::Dropped(format!("the film does not tell its {what}"))
}

/// What becomes of the film's picture.
pub(super) fn film_fate(stream: &Stream, profile: &Profile, clock_set_back: bool) -> Result<Fate, Refusal> {
    let container = profile.container;
    let refuse =
        |why: String| Err(Refusal::new("-c:v copy", format!("{why}; name an encoder (-c:v libx264)")));
    match profile.picture {
        PictureProfile::Encode => {
            Ok(Fate::Kept(Carried::Picture, format!("encoded as {}", profile.video.encoder)))
        }
        PictureProfile::Copy if clock_set_back => {
            refuse("the film's clock jumps midway, and only a picture that is encoded can go on".to_owned())
        }
        PictureProfile::Copy if container.holds(StreamKind::Video, &stream.codec) => Ok(copied()),
        PictureProfile::Copy => refuse(format!(
            "{} can't hold the {} of stream 0:{}",
            container.title(),
            stream.codec,
            stream.index
        )),
    }
}

const NO_SOUND: &str = "it has no sound in the chosen part of the film";

/// What becomes of a sound that begins only behind the chosen part. Where sound begins at zero, silence stands for it.
pub(super) fn fate_behind(stream: &Stream, source: &Source, profile: &Profile) -> Option<Fate> {
    let is_told = stream.kind == StreamKind::Audio && !source.clock_set_back;
    let begins_us = stream.start_us.filter(|_| is_told)? - source.start_us;
    let is_filled = match profile.sound {
        SoundProfile::Drop => return None,
        SoundProfile::Copy => false,
        SoundProfile::Encode { .. } => profile.container.wants_constant_rate(),
    };
    let end_us = profile.span.start_us + profile.span.length_us.filter(|_| !is_filled)?;
    (begins_us >= end_us).then(|| Fate::Dropped(NO_SOUND.to_owned()))
}

/// What becomes of a stream that is not the film's picture.
pub(super) fn fate(stream: &Stream, profile: &Profile) -> Result<Fate, Refusal> {
    let container = profile.container;
    if let Some(what) = stream.untold().filter(|_| stream.kind != StreamKind::Audio) {
        return Ok(untold(what));
    }
    Ok(match stream.kind {
        StreamKind::Video if stream.is_cover() => {
            if container.holds_cover(&stream.codec) {
                Fate::Kept(Carried::Copied, "cover copied".to_owned())
            } else {
                Fate::Dropped(format!("{} can't hold a cover of {}", container.title(), stream.codec))
            }
        }
        StreamKind::Video if container.is_one_picture() => {
            Fate::Dropped(format!("{} can hold only one picture", container.title()))
        }
        StreamKind::Video | StreamKind::Attachment => {
            if container.holds(stream.kind, &stream.codec) {
                copied()
            } else {
                not_held(container, &stream.codec)
            }
        }
        StreamKind::Audio => return sound_fate(stream, profile),
        StreamKind::Subtitle => subtitle_fate(stream, profile),
        StreamKind::Data => Fate::Dropped(data_fate(stream, profile)),
    })
}

/// Data is dropped, but the muxer rewrites a timecode from the picture's tag.
fn data_fate(stream: &Stream, profile: &Profile) -> String {
    let holds = matches!(profile.container, Container::Mp4 | Container::Mov | Container::Matroska);
    match stream.tags.get("timecode") {
        Some(code) if holds && profile.source_tags => {
            format!("its timecode {code} is written again from the picture's tag")
        }
        Some(code) => format!("its timecode {code} is not carried"),
        None => "data streams are not carried".to_owned(),
    }
}

fn sound_fate(stream: &Stream, profile: &Profile) -> Result<Fate, Refusal> {
    let container = profile.container;
    match (&profile.sound, stream.untold()) {
        (SoundProfile::Drop, _) => Ok(Fate::Dropped("the parameters say -an".to_owned())),
        (SoundProfile::Copy, Some(what)) => Ok(untold(what)),
        // The sound may begin behind what was probed: only listening to it tells whether the film ends first.
        (SoundProfile::Encode { .. }, Some(what)) if what == "codec" || stream.is_silent() => {
            Ok(untold(what))
        }
        (SoundProfile::Copy, None) if container.holds(StreamKind::Audio, &stream.codec) => Ok(copied()),
        (SoundProfile::Copy, None) => Err(Refusal::new(
            "-c:a copy",
            format!("{} can't hold the {} of stream 0:{}", container.title(), stream.codec, stream.index),
        )),
        (SoundProfile::Encode { .. }, None) if stream.is_silent() => Ok(Fate::Dropped(NO_SOUND.to_owned())),
        (SoundProfile::Encode { .. }, _) => {
            let encoder = profile.sound_encoder().unwrap_or_default();
            Ok(Fate::Kept(Carried::Sound, format!("encoded as {encoder}")))
        }
    }
}

fn subtitle_fate(stream: &Stream, profile: &Profile) -> Fate {
    let container = profile.container;
    let holds = container.holds(StreamKind::Subtitle, &stream.codec);
    let text = TEXT_SUBTITLES.contains(&stream.codec.as_str());
    let wanted = match &profile.subtitles {
        SubtitleProfile::Drop => return Fate::Dropped("the parameters say -sn".to_owned()),
        SubtitleProfile::Keep | SubtitleProfile::Copy if holds => return copied(),
        SubtitleProfile::Copy => return not_held(container, &stream.codec),
        SubtitleProfile::Keep => container.text_subtitle_codec(),
        SubtitleProfile::Encode { encoder } => Some(encoder.as_str()),
    };
    match wanted {
        Some(encoder) if text => {
            Fate::Kept(Carried::Converted { encoder: encoder.to_owned() }, format!("converted to {encoder}"))
        }
        Some(_) if holds => copied(),
        Some(_) | None => not_held(container, &stream.codec),
    }
}
