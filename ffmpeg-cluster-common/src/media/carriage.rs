//! Which stream of the source goes how into the result; and what can't go, with the reason.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use serde::{Deserialize, Serialize};

use super::container::Container;
use super::profile::{Profile, Refusal, SoundProfile, SubtitleProfile};
use super::source::{Source, Stream, StreamKind};

/// All streams of a source, each in exactly one of the two lists.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carriage {
    /// In the order of the result, which is the order of the source.
    pub tracks: Vec<Track>,
    pub dropped: Vec<Dropped>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Track {
    /// The stream's number in the source.
    pub stream: u32,
    pub kind: StreamKind,
    pub what: Carried,
    /// For people, for instance `0:1 audio aac (ger): encoded as aac`.
    pub sentence: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Carried {
    /// The film: comes from the pieces.
    Picture,
    /// Copied from the source as it is: sound, subtitles, covers, attachments, further pictures.
    Copied,
    /// Comes from the sound piece, of which it is the `nth` stream.
    Sound { nth: u32 },
    /// A text subtitle that is written in another way.
    Converted { encoder: String },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    pub stream: u32,
    /// With the reason, for people.
    pub sentence: String,
}

impl Carriage {
    pub fn kept_sentences(&self) -> Vec<String> {
        self.tracks.iter().map(|track| track.sentence.clone()).collect()
    }
    pub fn dropped_sentences(&self) -> Vec<String> {
        self.dropped.iter().map(|dropped| dropped.sentence.clone()).collect()
    }
}

/// What becomes of each stream. Everything that the container can hold is kept. An error only where the
/// parameters demand what can't be, such as a copy of sound that the container does not hold.
pub fn plan(source: &Source, profile: &Profile) -> Result<Carriage, Refusal> {
    let film = source.film_stream().map(|(stream, _)| stream.index);
    let mut carriage = Carriage::default();
    let mut sounds = 0;
    for stream in &source.streams {
        let fate = if Some(stream.index) == film {
            Fate::Kept(Carried::Picture, format!("encoded as {}", profile.video.encoder))
        } else {
            fate(stream, profile, &mut sounds)?
        };
        match fate {
            Fate::Kept(what, how) => carriage.tracks.push(Track {
                stream: stream.index,
                kind: stream.kind,
                what,
                sentence: format!("{}: {how}", describe(stream)),
            }),
            Fate::Dropped(why) => carriage
                .dropped
                .push(Dropped { stream: stream.index, sentence: format!("{}: {why}", describe(stream)) }),
        }
    }
    Ok(carriage)
}

enum Fate {
    Kept(Carried, String),
    Dropped(String),
}

fn copied() -> Fate {
    Fate::Kept(Carried::Copied, "copied".to_owned())
}

fn not_held(container: Container, codec: &str) -> Fate {
    let codec = if codec.is_empty() { "a stream of unknown codec" } else { codec };
    Fate::Dropped(format!("{} can't hold {codec}", container.title()))
}

fn fate(stream: &Stream, profile: &Profile, sounds: &mut u32) -> Result<Fate, Refusal> {
    let container = profile.container;
    Ok(match stream.kind {
        StreamKind::Video if stream.is_cover() => {
            if container.holds_cover(&stream.codec) {
                Fate::Kept(Carried::Copied, "cover copied".to_owned())
            } else {
                Fate::Dropped(format!("{} can't hold a cover of {}", container.title(), stream.codec))
            }
        }
        StreamKind::Video | StreamKind::Attachment => {
            if container.holds(stream.kind, &stream.codec) {
                copied()
            } else {
                not_held(container, &stream.codec)
            }
        }
        StreamKind::Audio => return sound_fate(stream, profile, sounds),
        StreamKind::Subtitle => subtitle_fate(stream, profile),
        StreamKind::Data => Fate::Dropped("data streams are not carried".to_owned()),
    })
}

fn sound_fate(stream: &Stream, profile: &Profile, sounds: &mut u32) -> Result<Fate, Refusal> {
    let container = profile.container;
    match &profile.sound {
        SoundProfile::Drop => Ok(Fate::Dropped("the parameters say -an".to_owned())),
        SoundProfile::Copy if container.holds(StreamKind::Audio, &stream.codec) => Ok(copied()),
        SoundProfile::Copy => Err(Refusal::new(
            "-c:a copy",
            format!("{} can't hold the {} of stream 0:{}", container.title(), stream.codec, stream.index),
        )),
        SoundProfile::Encode { .. } if stream.codec.is_empty() => {
            Ok(Fate::Dropped("its codec is unknown, so it can't be encoded".to_owned()))
        }
        SoundProfile::Encode { .. } => {
            let nth = *sounds;
            *sounds += 1;
            let encoder = profile.sound_encoder().unwrap_or_default();
            Ok(Fate::Kept(Carried::Sound { nth }, format!("encoded as {encoder}")))
        }
    }
}

/// Subtitles that are text, which can be written in another way.
const TEXT_SUBTITLES: &[&str] =
    &["subrip", "ass", "ssa", "webvtt", "mov_text", "text", "microdvd", "subviewer", "sami"];

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

fn describe(stream: &Stream) -> String {
    let kind = match stream.kind {
        StreamKind::Video if stream.is_cover() => "cover",
        StreamKind::Video => "video",
        StreamKind::Audio => "audio",
        StreamKind::Subtitle => "subtitle",
        StreamKind::Attachment => "attachment",
        StreamKind::Data => "data",
    };
    let mut text = format!("0:{} {kind}", stream.index);
    if !stream.codec.is_empty() {
        text = format!("{text} {}", stream.codec);
    }
    match stream.tags.get("language").map(String::as_str) {
        None | Some("und" | "") => text,
        Some(language) => format!("{text} ({language})"),
    }
}
