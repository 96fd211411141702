//! The accepted parameters. None of this is the user's own text:
//! all options are known, and we print them again.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::rows::encoders::{self, VideoEncoder};
use super::{Chain, ColorProperties, Selection, Span, WorkKind};
use crate::frames::Rational;
use crate::media::source::Source;
use crate::media::words::container::Container;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub container: Container,
    /// What happens to the picture; `video` says how it is encoded, if it is.
    #[serde(default, skip_serializing_if = "PictureProfile::is_encoded")]
    pub picture: PictureProfile,
    pub video: VideoProfile,
    pub sound: SoundProfile,
    #[serde(default)]
    pub subtitles: SubtitleProfile,
    /// `metadata` and `disposition` options with their stream specifier, and their values.
    #[serde(default)]
    pub tags: Vec<(String, String)>,
    /// False for `-map_metadata -1`: the source's tags are dropped.
    #[serde(default = "yes")]
    pub source_tags: bool,
    /// False for `-map_chapters -1`.
    #[serde(default = "yes")]
    pub chapters: bool,
    /// Options of the container and its streams, for the run that writes the result.
    pub muxer: Vec<(String, String)>,
    /// The streams that `-map` chooses.
    #[serde(default, skip_serializing_if = "Selection::is_all")]
    pub selection: Selection,
    /// The part of the film that the user wants.
    #[serde(default, skip_serializing_if = "Span::is_whole")]
    pub span: Span,
    /// The colours that the dry run gave, if filters or a format may change them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks: Option<ColorProperties>,
}

const fn yes() -> bool {
    true
}

/// Parameters of the picture. Options are names without the dash, and their values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoProfile {
    pub encoder: String,
    pub options: Vec<(String, String)>,
    /// The user's filter chain.
    pub filters: Option<Chain>,
    /// A constant rate, if the user asked for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<Pace>,
}

/// A constant frame rate, kept by duplicating and dropping frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// The film's own rate, as ffmpeg guesses it.
    Film,
    Rate(Rational),
}

impl VideoProfile {
    /// The value of an option, by its name in the profile.
    pub(crate) fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
    /// The encoder's codec by ffprobe's name.
    pub fn codec(&self) -> &'static str {
        self.row().codec
    }
    /// The encoder's row in the table.
    pub fn row(&self) -> &'static VideoEncoder {
        encoders::video_or_plain(&self.encoder)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PictureProfile {
    #[default]
    Encode,
    Copy,
}

impl PictureProfile {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(crate) const fn is_encoded(&self) -> bool {
        matches!(self, Self::Encode)
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
    /// Copied if the container can hold them, else converted to the container's own text codec.
    #[default]
    Keep,
    Drop,
    /// Copied if the container can hold them, else dropped.
    Copy,
    Encode {
        encoder: String,
    },
}

impl Profile {
    /// The sound encoder, or the container's default
    /// if the user named none; None if no sound is encoded.
    pub fn sound_encoder(&self) -> Option<&str> {
        match &self.sound {
            SoundProfile::Drop | SoundProfile::Copy => None,
            SoundProfile::Encode { encoder, .. } => {
                Some(encoder.as_deref().unwrap_or(self.container.default_sound_encoder()))
            }
        }
    }

    /// Chooses the container's next default, as ffmpeg does,
    /// if the user named no sound encoder and this ffmpeg lacks the first.
    pub fn settle_sound(&mut self, has: &BTreeSet<String>) {
        let SoundProfile::Encode { encoder: encoder @ None, .. } = &mut self.sound else { return };
        let defaults = self.container.default_sound_encoders();
        *encoder = defaults.iter().find(|&&name| has.contains(name)).map(|&name| name.to_owned());
    }

    /// Work of the same kind runs at about the same speed on the same machine.
    /// `width` and `height` are the source's.
    pub(crate) fn kind(&self, width: u32, height: u32) -> WorkKind {
        let pace = self.video.row().pace.iter().find_map(|name| self.video.option(name));
        let mut text = format!("{}/{}/{width}x{height}", self.video.encoder, pace.unwrap_or("default"));
        if let Some(filters) = &self.video.filters {
            text = format!("{text}/{filters}");
        }
        WorkKind(text)
    }

    /// Whether no picture is encoded.
    pub const fn copies_picture(&self) -> bool {
        matches!(self.picture, PictureProfile::Copy)
    }

    /// The source with the picture that the parameters choose among several.
    pub fn with_its_picture(&self, source: Source) -> Source {
        Source { chosen: self.selection.picture(&source), ..source }
    }

    /// Whether the encoder needs a device, which the server may not have.
    pub fn needs_hardware(&self) -> bool {
        self.video.row().hardware
    }
}
