//! A picture of which only size and rate are said.

use super::Picture;
use crate::frames::Rational;

impl Picture {
    /// A progressive picture in 4:2:0 of which nothing else is said, with one tick for each frame.
    pub(crate) fn plain(width: u32, height: u32, rate: Rational) -> Self {
        Self {
            width,
            height,
            pix_fmt: "yuv420p".into(),
            time_base: rate.inverse(),
            frame_rate: rate,
            base_rate: rate,
            sample_aspect: None,
            field_order: None,
            color_range: None,
            color_space: None,
            color_transfer: None,
            color_primaries: None,
            chroma_location: None,
            x264_build: None,
            rotation: 0,
            hdr: None,
            extras: Vec::new(),
        }
    }
}
