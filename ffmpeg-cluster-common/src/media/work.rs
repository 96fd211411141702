//! What a client is asked to make. It travels in an offer; the client turns it into ffmpeg arguments itself.

use serde::{Deserialize, Serialize};

use super::container::Container;
use super::profile::{SoundProfile, VideoProfile};
use super::source::Picture;
use crate::frames::{FrameRange, Rational};

/// How a client reads the source: a path on the server's port, with ranges.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SourceRef {
    pub path: String,
    pub bytes: u64,
    /// Changes when the source does; sent back as `If-Match`.
    pub etag: String,
    /// The only demuxer this source may be read with, as `-format_whitelist` wants it.
    pub format: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    Picture(Box<PictureWork>),
    Sound(SoundWork),
}

/// Exactly these frames, with these parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureWork {
    pub range: FrameRange,
    pub window: Window,
    pub picture: Picture,
    /// The stream's number in the source.
    pub stream: u32,
    pub profile: VideoProfile,
    pub container: Container,
    /// For encoders that know no times but a rate; the film is known to keep it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant_rate: Option<Rational>,
}

/// A range of frames told in times of the source, in ticks of `time_base`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub time_base: Rational,
    /// Time of the first frame.
    pub start: i64,
    /// Time of the first frame after the range; none for the last range of the film.
    pub end: Option<i64>,
    /// Time of the last frame of the range.
    pub last: i64,
    /// Time of the key frame to start reading at; none: from the beginning of the film.
    pub seek: Option<i64>,
}

/// All sound that must be encoded, whole, in one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SoundWork {
    /// Stream numbers in the source, in the order of the result.
    pub streams: Vec<u32>,
    pub profile: SoundProfile,
    pub container: Container,
    pub duration_us: Option<i64>,
}

/// The stream of a piece, as ffprobe sees it. Pieces of one film must agree in all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamParams {
    pub codec: String,
    pub width: u32,
    pub height: u32,
    pub pix_fmt: String,
    pub time_base: Rational,
    /// SHA-256 of the codec's private data, hexadecimal; empty where there is none.
    pub extradata: String,
}

/// What a piece was found to be by demuxing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceFacts {
    /// Frames for a picture piece; packets of all streams for a sound piece.
    pub frames: u64,
    /// For a picture piece one; for a sound piece one for each stream.
    pub params: Vec<StreamParams>,
}
