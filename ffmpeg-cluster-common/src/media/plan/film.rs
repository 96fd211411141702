//! The little that the scheduler must know of a source and what is wanted of it.

use serde::{Deserialize, Serialize};

use crate::frames::{FrameNo, FrameRange, Rational};
use crate::limits::{self, FRAMES_MAX, PIXELS_MAX, STREAMS_MAX};
pub use crate::media::params::WorkKind;
use crate::media::plan::parts;
use crate::media::plan::work::StreamParams;
use crate::media::words::device::{Hw, Method};

/// How the frame list was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IndexedBy {
    /// From packets alone, by demuxing.
    Packets,
    /// From what clients decoded, each a part, where packets can't be trusted.
    Clients,
    /// By decoding every frame here, where clients can't be asked or told something else than the packets.
    Decoding,
}

/// A source as the scheduler sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Film {
    /// Frames in the index, which the result must have exactly.
    pub frames: u64,
    /// True where its frames must be listed yet, by clients that decode it. Then `frames` and `cuts` are of its packets.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_list: bool,
    /// Mean frames per second, to turn seconds of film into frames.
    pub frame_rate: Rational,
    /// Frame numbers of key frames of the source, thinned out; a cut near one is moved onto it. Ascending.
    pub cuts: Vec<FrameNo>,
    /// Why the film can be encoded only in one piece, if so.
    #[serde(default)]
    pub one_piece: Option<String>,
    /// Only clients of this kind encode it: others' decoders gave other pictures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub one_kind: Option<String>,
    /// True where the filters make frames of their own, and nobody knows how many.
    #[serde(default)]
    pub frames_own: bool,
    /// True where sound must be encoded as work of its own.
    pub sound: bool,
    /// The encoders that a client must have proved, for instance `libx264` and `aac`.
    pub video_encoder: String,
    pub sound_encoders: Vec<String>,
    pub kind: WorkKind,
    /// Whether hardware may encode it, or must; `Off` where nothing in hardware is alike.
    #[serde(default, skip_serializing_if = "Hw::is_off")]
    pub hw: Hw,
    /// The encoders in hardware that may, by their methods.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hardware: Vec<(Method, String)>,
    pub indexed_by: IndexedBy,
    /// What the server's own encode of the first frame came out as; none where the server can't encode this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<StreamParams>,
}

impl Film {
    /// Whether the encoder that was asked for may encode it.
    pub fn in_software(&self) -> bool {
        self.hw != Hw::Require
    }

    /// The most bytes that a piece may have which a client can be asked for: those frames, or the sound.
    pub fn piece_bytes_max(&self, range: Option<FrameRange>) -> u64 {
        let Some(range) = range else {
            let seconds = self.frames as f64 / self.frame_rate.as_f64().max(0.01);
            return limits::sound_bytes_max(seconds.ceil() as u64, STREAMS_MAX as u64);
        };
        let picture = |params: &StreamParams| u64::from(params.width) * u64::from(params.height);
        let pixels = self.expected.as_ref().map_or(PIXELS_MAX, picture);
        if self.to_list {
            return parts::bytes_max(range);
        }
        limits::piece_bytes_max(pixels, if self.frames_own { FRAMES_MAX } else { range.len() })
    }

    /// All encoders by which a client may take part.
    pub fn encoders(&self) -> impl Iterator<Item = &str> {
        let software = self.in_software().then_some(self.video_encoder.as_str());
        software.into_iter().chain(self.hardware_encoders())
    }

    pub fn hardware_encoders(&self) -> impl Iterator<Item = &str> {
        self.hardware.iter().filter(|_| !self.hw.is_off()).map(|(_, encoder)| encoder.as_str())
    }
}
