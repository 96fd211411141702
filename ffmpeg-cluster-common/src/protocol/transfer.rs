//! The byte plane: paths, headers and chunk digests of HTTP on the server's port.
//!
//! * `GET  /api/v1/sources/{job_id}` one range of at most a chunk, with `If-Match`; the answer carries
//!   [`CHUNK_SHA256`] over the bytes of the answer, and 412 when the source is not what it was.
//! * `HEAD /api/v1/pieces/{lease}` → `Upload-Offset`: how many bytes of the piece are here.
//! * `PATCH /api/v1/pieces/{lease}` with `Upload-Offset` and [`CHUNK_SHA256`] appends one chunk;
//!   204 with the new offset, 409 where the offset is another, 422 where the digest is wrong,
//!   410 where the lease is not current, 507 where the disk is full.
//! * `/api/v1/uploads` speaks tus 1.0.

use crate::ids::{JobId, LeaseId, UploadId};

/// Hexadecimal SHA-256 of the bytes of this request's or answer's body.
pub const CHUNK_SHA256: &str = "x-chunk-sha256";
/// As in tus.
pub const UPLOAD_OFFSET: &str = "upload-offset";

pub fn source_path(job: &JobId) -> String {
    format!("/api/v1/sources/{job}")
}
pub fn piece_path(lease: LeaseId) -> String {
    format!("/api/v1/pieces/{lease}")
}
pub fn upload_path(upload: &UploadId) -> String {
    format!("/api/v1/uploads/{upload}")
}
pub fn result_path(job: &JobId) -> String {
    format!("/api/v1/jobs/{job}/result")
}
