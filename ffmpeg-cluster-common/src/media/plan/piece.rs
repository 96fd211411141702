//! A finished piece: what its client reports, and what the server finds in it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::frames::Rational;
use crate::media::plan::witness::{DecodeComparison, Ends, Lead};
use crate::text::safe;

/// The stream of a piece, as ffprobe describes it; it must be the same in all pieces of one film.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamParams {
    pub codec: String,
    pub width: u32,
    pub height: u32,
    pub pix_fmt: String,
    pub time_base: Rational,
    /// SHA-256 of the codec's private data (extradata), hexadecimal; empty if there is none.
    pub extradata: String,
    /// Colours and field order by ffprobe's names; only those that the stream states.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub looks: BTreeMap<String, String>,
}

/// A finished piece, as its client describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentPiece {
    pub bytes: u64,
    pub sha256: String,
    #[serde(default)]
    pub findings: Findings,
}

/// Findings that only the client that made the piece can report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The decoder's complaints, at most [`COMPLAINTS_MAX`] lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub complaints: Vec<String>,
    /// Whether the decoder also had complaints that are normal for a start in the middle.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub excused: bool,
    /// How similar the piece is to the source, if the work asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likeness: Option<Likeness>,
    /// Hashes of the source's frames around the ends of the piece, from the client's decoder.
    #[serde(default, skip_serializing_if = "Ends::is_none")]
    pub ends: Ends,
    /// Where the decoder actually started.
    #[serde(default, skip_serializing_if = "Lead::is_usual")]
    pub lead: Lead,
    /// The result of the second decode, if the work asked for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<DecodeComparison>,
}

pub(crate) const COMPLAINTS_MAX: usize = 20;
const COMPLAINT_CHARS_MAX: usize = 200;

impl Findings {
    /// Bounds the lengths and strips control characters, because any client may have sent the findings.
    pub fn tidied(mut self) -> Self {
        self.complaints.truncate(COMPLAINTS_MAX);
        for line in &mut self.complaints {
            *line = safe::stripped(line, COMPLAINT_CHARS_MAX);
        }
        self.ends = self.ends.tidied();
        self
    }
}

/// The similarity of all frames of a piece and the source,
/// in whole numbers, which every format writes alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Likeness {
    /// PSNR in thousandths of a decibel; [`Likeness::SAME`] if no pixel differs.
    pub psnr_mdb: u32,
    /// SSIM in millionths.
    pub ssim_millionths: u32,
}

impl Likeness {
    /// Stands for an infinite PSNR.
    pub(crate) const SAME: u32 = 1_000_000;
}

/// What the server found in a piece by demuxing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PieceFacts {
    /// Frames for a picture piece; packets of all streams for a sound piece.
    pub frames: u64,
    /// One for a picture piece; one for each stream of a sound piece.
    pub params: Vec<StreamParams>,
    /// As the client reported them.
    #[serde(default)]
    pub findings: Findings,
    /// The hardware encoder that the lease names; None for the encoder that the user named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoder: Option<String>,
    /// Set for a sound piece; older servers did not store it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins: Option<SoundBegins>,
}

/// When a sound piece begins according to ffprobe, in microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoundBegins {
    pub piece_us: i64,
    /// The beginning of each stream, by its number in the piece.
    pub streams_us: BTreeMap<usize, i64>,
}
