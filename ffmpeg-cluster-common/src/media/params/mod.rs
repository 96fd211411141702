//! The user's encoding parameters: split, understood, and refused where they can't be honoured in pieces.
//!
//! Nothing that a person typed reaches ffmpeg as it stands: only options in our tables, with values of the
//! kind that the table names, and printed again by us. [`words`] splits a line · `parse` reads it, `judge`
//! what only the whole tells · `nearest` "did you mean" ·
//! `options` and `reasons` are the tables of what is taken and what is refused and why · `encoders` ·
//! `span` which part and what rate · `values` kinds of values · `keyed` the parameter lists of x264 and its like · `filters` ·
//! [`Chain`] what was understood of them ·
//! [`hardware`] the same film by an encoder in hardware · [`grammar`] the tables, for who makes up parameters ·
//! `again` what comes over a wire · `allowed` what an operator takes in beyond the tables ·
//! `pixels` how large a picture may be · `trial` a dry
//! run that lets ffmpeg itself judge the values.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod again;
mod allowed;
mod encoders;
mod filters;
pub mod grammar;
pub mod hardware;
mod judge;
mod keyed;
mod kind;
mod looks;
mod nearest;
mod options;
mod parse;
mod pixels;
mod reasons;
mod span;
#[cfg(test)]
mod tests;
mod values;
mod words;

use serde::{Deserialize, Serialize};

use crate::frames::Rational;
use crate::media::words::container::Container;

pub use again::{check_picture, check_sound};
pub use allowed::Allowed;
pub use encoders::{HdrNames, Levels, OwnList, VideoEncoder, is_parameter_list, software_of};
pub use filters::memory::{Needs, Step};
pub use filters::{Chain, Filter, of_pictures};
pub use kind::WorkKind;
pub use looks::Looks;
pub use parse::{parse, parse_allowing};
pub use pixels::pixels_max;
pub use span::Span;
pub use words::words;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub container: Container,
    pub video: VideoProfile,
    pub sound: SoundProfile,
    #[serde(default)]
    pub subtitles: SubtitleProfile,
    /// `metadata` and `disposition` options with their stream specifier, and their values.
    #[serde(default)]
    pub tags: Vec<(String, String)>,
    /// False for `-map_metadata -1`: the source's tags stay behind.
    #[serde(default = "yes")]
    pub source_tags: bool,
    /// False for `-map_chapters -1`.
    #[serde(default = "yes")]
    pub chapters: bool,
    /// Options of the container and of the stream in it, said where the result is written.
    pub muxer: Vec<(String, String)>,
    /// The part of the film that is wanted.
    #[serde(default, skip_serializing_if = "Span::is_whole")]
    pub span: Span,
    /// Where filters or a format may change colours: what a trial said of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks: Option<Looks>,
}

const fn yes() -> bool {
    true
}

/// What concerns the picture. Options are names without the dash and their values, known and re-printed by us.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoProfile {
    pub encoder: String,
    pub options: Vec<(String, String)>,
    /// The user's filter chain.
    pub filters: Option<Chain>,
    /// A constant rate, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
}

/// A constant frame rate: frames are doubled and dropped to keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// The film's own, as ffmpeg guesses it.
    Film,
    Rate(Rational),
}

impl VideoProfile {
    /// The value of an option, by the name that the profile gives it.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
    /// The name of what the encoder makes, as ffprobe says it.
    pub fn codec(&self) -> &'static str {
        self.row().codec
    }
    /// All that is known of the encoder.
    pub fn row(&self) -> &'static VideoEncoder {
        encoders::video_or_plain(&self.encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SoundProfile {
    Drop,
    Copy,
    Encode { encoder: Option<String>, options: Vec<(String, String)>, filters: Option<Chain> },
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubtitleProfile {
    /// Copied where the container can hold them, else written as the container's own kind of text.
    #[default]
    Keep,
    Drop,
    /// Copied where the container can hold them, else dropped.
    Copy,
    Encode {
        encoder: String,
    },
}

/// One thing in the parameters that can't be honoured; `option` is what the user typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{option}: {reason}")]
pub struct Refusal {
    pub option: String,
    pub reason: String,
    /// True where the encoder itself is unknown.
    pub unknown_encoder: bool,
}

impl Refusal {
    pub fn new(option: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { option: shown(&option.into()), reason: reason.into(), unknown_encoder: false }
    }
    fn unknown_encoder(option: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { unknown_encoder: true, ..Self::new(option, reason) }
    }
}

/// What a person typed, made fit for one line of a log or an answer.
fn shown(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let mut out: String = text
        .chars()
        .take(CHARS_MAX)
        .flat_map(|c| if c.is_control() { '?'.into() } else { Some(c) })
        .collect();
    if text.chars().nth(CHARS_MAX).is_some() {
        out.push('…');
    }
    out
}

impl Profile {
    /// The encoder of the sound, the container's default where none was named; none where nothing is encoded.
    pub fn sound_encoder(&self) -> Option<&str> {
        match &self.sound {
            SoundProfile::Drop | SoundProfile::Copy => None,
            SoundProfile::Encode { encoder, .. } => {
                Some(encoder.as_deref().unwrap_or(self.container.default_sound_encoder()))
            }
        }
    }

    /// Work of the same kind goes at about the same speed on the same machine. The size is the source's.
    pub fn kind(&self, width: u32, height: u32) -> WorkKind {
        let pace =
            ["preset", "cpu-used", "speed", "deadline"].into_iter().find_map(|name| self.video.option(name));
        let mut text = format!("{}/{}/{width}x{height}", self.video.encoder, pace.unwrap_or("default"));
        if let Some(filters) = &self.video.filters {
            text = format!("{text}/{filters}");
        }
        WorkKind(text)
    }

    /// True where the encoder needs a device that the server may not have.
    pub fn needs_hardware(&self) -> bool {
        is_hardware(&self.video.encoder)
    }
}

pub fn is_hardware(encoder: &str) -> bool {
    encoders::video_or_plain(encoder).hardware
}

/// ffprobe's name of what an encoder of sound makes.
pub fn sound_codec(encoder: &str) -> Option<&'static str> {
    encoders::sound(encoder).map(|(_, codec)| codec)
}
