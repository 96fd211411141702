//! A picture with only a size and a rate.

use super::Picture;
use crate::frames::Rational;

impl Picture {
    /// A progressive picture in 4:2:0 with one tick per frame and no other properties.
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
