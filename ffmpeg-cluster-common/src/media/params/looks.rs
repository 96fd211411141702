//! Colours, levels and chroma location, in ffprobe's words.

use serde::{Deserialize, Serialize};

use crate::media::source::Picture;

/// The looks of a source, or of a result whose filters or format may change them.
/// NUT can't store them, so pieces lose them.
/// The dry run therefore also writes its frames to Matroska,
/// as one run of ffmpeg would, and ffprobe reads the looks there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ColorProperties {
    pub color_range: Option<String>,
    pub color_space: Option<String>,
    pub color_transfer: Option<String>,
    pub color_primaries: Option<String>,
    pub chroma_location: Option<String>,
}

impl ColorProperties {
    pub fn of(picture: &Picture) -> Self {
        Self {
            color_range: picture.color_range.clone(),
            color_space: picture.color_space.clone(),
            color_transfer: picture.color_transfer.clone(),
            color_primaries: picture.color_primaries.clone(),
            chroma_location: picture.chroma_location.clone(),
        }
    }
}
