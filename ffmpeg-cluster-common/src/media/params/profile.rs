//! What was asked for, as far as it was understood. Nothing of it is as it was typed: options are known, and printed by us.

use serde::{Deserialize, Serialize};

use super::rows::encoders::{self, VideoEncoder};
use super::{Chain, Looks, Span, WorkKind};
use crate::frames::Rational;
use crate::media::words::container::Container;

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
    /// Where filters or a format may change colours: what the dry run said of them.
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
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
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
    pub(crate) fn kind(&self, width: u32, height: u32) -> WorkKind {
        let pace = self.video.row().pace.iter().find_map(|name| self.video.option(name));
        let mut text = format!("{}/{}/{width}x{height}", self.video.encoder, pace.unwrap_or("default"));
        if let Some(filters) = &self.video.filters {
            text = format!("{text}/{filters}");
        }
        WorkKind(text)
    }

    /// True where the encoder needs a device that the server may not have.
    pub fn needs_hardware(&self) -> bool {
        self.video.row().hardware
    }
}
