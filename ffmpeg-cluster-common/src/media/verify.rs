//! Facts about a piece or a result → accepted or fault; and the report that is kept with the job.

use serde::{Deserialize, Serialize};

/// The proof. Kept with the job and shown by `GetJobStatus`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub frames_source: u64,
    pub frames_result: u64,
    /// Largest difference between a frame's time in the result and in the source, both from the first frame.
    pub time_error_max_ms: f64,
    /// What the result's container can tell at best, in milliseconds; the error may not be larger.
    pub time_error_allowed_ms: f64,
    /// `packets` or `decoding`.
    pub indexed_by: String,
    /// One sentence for each stream, for instance `0:1 audio aac (ger): encoded as aac`.
    pub streams_kept: Vec<String>,
    /// With the reason.
    pub streams_dropped: Vec<String>,
    pub warnings: Vec<String>,
    pub encoded_by: Vec<EncodedBy>,
    pub pieces: u64,
    pub result_bytes: u64,
    pub result_sha256: String,
    pub wall_ms: u64,
    pub fps: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncodedBy {
    pub client_id: crate::ids::ClientId,
    pub name: String,
    pub frames: u64,
    pub pieces: u64,
    pub fps: f64,
    pub sound: bool,
}

pub fn check_params(
    first: &super::work::PieceFacts,
    piece: &super::work::PieceFacts,
) -> Result<(), crate::fault::Fault> {
    let _ = (first, piece);
    Ok(())
}
