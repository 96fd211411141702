//! How carefully a job checks its input and output, and the report of its findings.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::frames::FrameRange;
use crate::media::plan::piece::Likeness;
pub use crate::media::source::clock::ClockSetBack;

/// How carefully a job checks its input and output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Care {
    #[serde(default)]
    pub verify: Verify,
    #[serde(default)]
    pub damage: Damage,
    #[serde(default, skip_serializing_if = "Times::are_the_sources")]
    pub times: Times,
}

/// How to treat times of a constant rate that the source's container rounded to milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Times {
    /// Keep them; the default, because pieces of jobs of older servers have these times.
    #[default]
    Source,
    /// Lay them exactly on that rate if the result can express it.
    Rate,
}

impl Times {
    fn are_the_sources(&self) -> bool {
        *self == Self::Source
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verify {
    /// Check all times and streams of the result, and decode the frames around each seam.
    #[default]
    Fast,
    /// Decode every frame of the result; each client compares its pieces with the source.
    Full,
}

/// How to treat a source that does not decode cleanly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Damage {
    /// Encode what ffmpeg decodes, and report where the source is damaged.
    #[default]
    Tolerate,
    /// Fail the job, and name the places.
    Strict,
}

/// The report of a job, kept with it and returned by `GetJobStatus`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    pub frames_source: u64,
    /// Frames that the result must have: those of the source, or those of the wanted part and rate.
    #[serde(default)]
    pub frames_wanted: u64,
    pub frames_result: u64,
    /// Whether these three numbers count packets, because the picture was copied: a frame may have two packets, its fields.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub counts_packets: bool,
    /// The largest difference between a frame's time in the result
    /// and in the source, each counted from the first frame.
    pub time_error_max_ms: f64,
    /// How exactly the result's container can express times, in milliseconds;
    /// the error must not exceed this.
    pub time_error_allowed_ms: f64,
    /// `packets`, `clients` or `decoding`.
    pub indexed_by: String,
    /// The rate on which the frames were laid exactly,
    /// if the source's container had rounded their times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times_laid_on: Option<String>,
    /// Where the film's clock is set back; later stretches are laid after earlier ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clock_set_back: Vec<ClockSetBack>,
    /// One sentence for each stream, for instance `0:1 audio aac (ger): encoded as aac`.
    pub streams_kept: Vec<String>,
    /// One sentence for each stream, with the reason.
    pub streams_dropped: Vec<String>,
    pub warnings: Vec<String>,
    /// Where the source does not decode cleanly, with times.
    #[serde(default)]
    pub damage: Vec<String>,
    /// The number of frames from the server's own run of the filters,
    /// if only the filters determine it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames_counted: Option<u64>,
    /// Seams around which a decoder returned every frame of the result or, earlier, of the two pieces;
    /// with `verify: full` the whole result was decoded.
    #[serde(default)]
    pub seams_decoded: u64,
    /// Seams at which the decoders of both pieces returned the same frames of the source.
    #[serde(default)]
    pub seams_compared: u64,
    /// Pieces whose source frames were decoded twice, from different key frames, with the same
    /// pictures.
    #[serde(default)]
    pub pieces_decoded_twice: u64,
    /// How similar each piece is to the source, with `verify: full`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub likeness: Vec<PieceLikeness>,
    pub encoded_by: Vec<EncodedBy>,
    /// Frames by the encoder that made them.
    #[serde(default)]
    pub encoded_with: BTreeMap<String, u64>,
    pub pieces: u64,
    /// The pictures and sounds of a stream, if the job made one instead of a file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renditions: Vec<RenditionReport>,
    /// Of the file, or of all files of a stream.
    pub result_bytes: u64,
    /// Of the file, or of a stream's `SHA256SUMS`, which has the digests of its other files.
    pub result_sha256: String,
    pub wall_ms: u64,
    pub fps: f64,
}

impl Report {
    /// What the numbers of frames count.
    pub const fn noun(&self) -> &'static str {
        if self.counts_packets { "packet" } else { "frame" }
    }
}

/// One picture or one sound of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RenditionReport {
    /// Its place in the stream, for instance `v/720p`.
    pub folder: String,
    /// For instance `avc1.64001f`.
    pub codecs: String,
    /// Of a picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    pub segments: u64,
    pub bytes: u64,
    /// Bits in a second at most, and on average.
    pub bits_peak: u64,
    pub bits_mean: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PieceLikeness {
    pub frames: FrameRange,
    /// In decibels; null if no pixel differs.
    pub psnr: Option<f64>,
    pub ssim: f64,
}

/// A piece below this looks like another film, regardless of the quality that the user asked for.
const PSNR_LEAST: f64 = 20.0;

impl PieceLikeness {
    pub fn new(frames: FrameRange, likeness: Likeness) -> Self {
        let psnr = (likeness.psnr_mdb != Likeness::SAME).then(|| f64::from(likeness.psnr_mdb) / 1000.0);
        Self { frames, psnr, ssim: f64::from(likeness.ssim_millionths) / 1e6 }
    }
    /// A sentence if the piece looks broken.
    pub fn warning(&self) -> Option<String> {
        let psnr = self.psnr.filter(|&psnr| psnr < PSNR_LEAST)?;
        Some(format!(
            "frames {} look unlike the source: PSNR {psnr:.1} dB, SSIM {:.3}",
            self.frames, self.ssim
        ))
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EncodedBy {
    pub client_id: crate::ids::ClientId,
    pub name: String,
    pub frames: u64,
    pub pieces: u64,
    pub fps: f64,
    pub sound: bool,
}
