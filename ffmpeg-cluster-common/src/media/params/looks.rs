//! Colours, levels and where chroma lies, as ffprobe says them.

use serde::{Deserialize, Serialize};

use crate::media::source::Picture;

/// Of a source, or of a result whose filters or format may change what the source says. Pieces forget it, for NUT has no place for
/// it; so the frames of the dry run are written to Matroska, too, as one run of ffmpeg would write them, and looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Looks {
    pub color_range: Option<String>,
    pub color_space: Option<String>,
    pub color_transfer: Option<String>,
    pub color_primaries: Option<String>,
    pub chroma_location: Option<String>,
}

impl Looks {
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
