//! The checks that need all words: options against the encoder, and the encoder against the container.

use super::draft::{Draft, VideoOption};
use super::nearest::{did_you_mean, nearest};
use crate::media::params::rows::encoders::{self, BitRate, VideoEncoder};
use crate::media::params::rows::values::Value;
use crate::media::params::{Chain, PictureProfile, Profile, Refusal, SoundProfile, Span, VideoProfile};
use crate::media::source::StreamKind;
use crate::media::words::container::Container;

impl Draft {
    pub(super) fn finish(mut self) -> Result<Profile, Vec<Refusal>> {
        let default =
            encoders::video(self.container.default_video_encoder()).expect("defaults are in the table");
        let encoder = self.encoder.unwrap_or(default);
        if !self.encoder_is_wrong && self.picture.is_encoded() {
            self.finish_video(encoder);
        }
        let sound = self.finish_sound();
        let span = self.finish_span();
        self.count_of_own(span);
        if self.picture == PictureProfile::Copy {
            self.finish_copy(span);
        }
        if !self.refusals.is_empty() {
            return Err(self.refusals);
        }
        let known = self.video.into_iter().map(|option| (option.row.name.to_owned(), option.value));
        let options = known.chain(self.allowed_video).collect();
        Ok(Profile {
            container: self.container,
            picture: self.picture,
            video: VideoProfile {
                encoder: encoder.name.to_owned(),
                options,
                filters: self.filters,
                pace: self.pace,
            },
            sound,
            subtitles: self.subtitles,
            tags: self.tags,
            source_tags: self.source_tags,
            chapters: self.chapters,
            muxer: self.muxer,
            selection: self.selection,
            span,
            looks: None,
        })
    }

    fn finish_video(&mut self, encoder: &VideoEncoder) {
        if let Err(refusals) = self.fits(StreamKind::Video, &format!("-c:v {}", encoder.name), encoder.codec)
        {
            self.refusals.extend(refusals);
        }
        let wrong: Vec<Refusal> = self.video.iter().filter_map(|option| judge(encoder, option)).collect();
        self.refusals.extend(wrong);
        self.quality(encoder);
        self.times_in_avi(encoder);
        self.lost_at_ends(encoder);
    }

    /// Refuses a number of frames where only the filters know which frames there are: nothing could say when the sound ends.
    fn count_of_own(&mut self, span: Span) {
        let own = self.filters.as_ref().and_then(Chain::makes_own).map(|filter| filter.name().to_owned());
        if let (Some(frames), Some(name)) = (span.frames, own) {
            let reason = format!(
                "{name} makes frames of its own, which can't be counted beforehand; -t ends the film"
            );
            self.refusals.push(Refusal::new(format!("-frames:v {frames}"), reason));
        }
    }

    fn finish_sound(&mut self) -> SoundProfile {
        let sound = std::mem::take(&mut self.sound);
        if sound.drop {
            return SoundProfile::Drop;
        }
        if sound.copy {
            if let Some(said) = sound.said {
                self.refusals.push(Refusal::new(said, "sound that is copied (-c:a copy) can't be changed"));
            }
            self.copy_in_place();
            return SoundProfile::Copy;
        }
        self.sound_rate(&sound.options);
        SoundProfile::Encode {
            encoder: sound.encoder.map(|encoder| encoder.name.to_owned()),
            options: sound.options,
            filters: sound.filters,
        }
    }

    /// Refuses to copy sound into MXF, which has no times and ends where the sound ends.
    fn copy_in_place(&mut self) {
        if self.container.is_one_picture() {
            let reason = format!(
                "{} plays sound from its first frame on and ends where the sound does, so sound must be made to fit; \
                 -c:a pcm_s24le keeps all of it",
                self.container.title()
            );
            self.refusals.push(Refusal::new("-c:a copy", reason));
        }
    }

    fn sound_rate(&mut self, options: &[(String, String)]) {
        let Some(known) = self.container.sound_rate() else { return };
        let rates = options.iter().filter(|(name, _)| name == "ar" || name.starts_with("ar:"));
        if let Some((_, rate)) = rates.into_iter().find(|(_, rate)| *rate != known.to_string()) {
            let reason = format!("{} can hold sound at {known} Hz only", self.container.title());
            self.refusals.push(Refusal::new(format!("-ar {rate}"), reason));
        }
    }

    /// Refuses B-frames in AVI, which stores no times:
    /// frames that are stored out of display order would lose theirs.
    fn times_in_avi(&mut self, encoder: &VideoEncoder) {
        let reorders = self.said("bf").map_or(encoder.reorders, |frames| frames != "0");
        if self.container == Container::Avi && reorders {
            let typed = format!("-c:v {}", encoder.name);
            self.refusals.push(Refusal::new(
                typed,
                "AVI can't store the times of B-frames; add -bf 0, or name the result .mkv",
            ));
        }
    }

    /// Refuses B-frames of encoders that would hold back the last frames of each piece.
    fn lost_at_ends(&mut self, encoder: &VideoEncoder) {
        let reorders = self.said("bf").is_some_and(|frames| frames != "0");
        if let Some(reason) = encoder.no_b_frames.filter(|_| reorders) {
            self.refusals.push(Refusal::new("-bf", reason));
        }
    }

    /// Requires a quality option for encoders that aim at a mean bit rate by default.
    fn quality(&mut self, encoder: &VideoEncoder) {
        let rate_control = &encoder.rate_control;
        if !rate_control.needs_quality || rate_control.quality.iter().any(|name| self.said(name).is_some()) {
            return;
        }
        let wanted: Vec<String> = rate_control.quality.iter().map(|name| format!("-{name}")).collect();
        self.refusals.push(Refusal::new(
            format!("-c:v {}", encoder.name),
            format!(
                "by itself it aims at a mean bit rate, which needs the whole film in one place; add {}",
                wanted.join(" or ")
            ),
        ));
    }

    /// The value of an option of the picture.
    fn said(&self, name: &str) -> Option<&str> {
        self.video.iter().find(|option| option.row.name == name).map(|option| option.value.as_str())
    }
}

/// Judges an option of the picture against the chosen encoder.
fn judge(encoder: &VideoEncoder, option: &VideoOption) -> Option<Refusal> {
    let VideoOption { word, row, value } = option;
    if !row.families.is_empty() && !row.families.contains(&encoder.family) {
        return Some(Refusal::new(word, format!("{} does not know this option", encoder.name)));
    }
    if encoder.rate_control.bit_rate == BitRate::Mean(row.name) && value != "0" {
        let reason =
            "a mean bit rate needs the whole film in one place; use -crf (or -q:v) for constant quality";
        return Some(Refusal::new(word, reason));
    }
    let listed = match row.value {
        Value::Preset => encoder.presets,
        Value::Tune => encoder.tunes,
        _ => None,
    }?;
    if value.split(',').all(|part| listed.contains(&part)) {
        return None;
    }
    let near = did_you_mean(nearest(value, listed.iter().copied()));
    Some(Refusal::new(format!("{word} {value}"), format!("{} has no value of that name{near}", encoder.name)))
}
