//! The byte plane: paths, headers and chunk digests of HTTP on the server's port.
//!
//! * `GET  /api/v1/sources/{job_id}` with `If-Match` returns one range of at most a chunk. The
//!   answer has [`CHUNK_SHA256`] of its bytes. It is 412 if the source has changed.
//! * `HEAD /api/v1/pieces/{lease}` returns `Upload-Offset`:
//!   how many bytes of the piece have arrived.
//! * `PATCH /api/v1/pieces/{lease}` with `Upload-Offset` and [`CHUNK_SHA256`] appends one chunk.
//!   The answer is 204 with the new offset, 409 if the offset differs, 422 if the digest is
//!   wrong, 410 if the lease is not current, 507 if the disk is full.
//! * `/api/v1/uploads` speaks tus 1.0.
//!
//! Only a client that holds a lease for a source or a piece, and proves it with [`CLIENT_KEY`],
//! may access that source or piece; all others get 403.

use crate::access::secret::Secret;
use crate::ids::{ClientId, JobId, LeaseId, UploadId};
use crate::text::hex;

/// Header with the hexadecimal SHA-256 of the body of this request or answer.
pub const CHUNK_SHA256: &str = "x-chunk-sha256";
/// Header with a client's identity and key, separated by a dot.
pub const CLIENT_KEY: &str = "client-key";
/// Bytes of a key, which is written in hexadecimal.
pub const KEY_BYTES: usize = 32;
/// Header with a number of bytes, as in tus.
pub const UPLOAD_OFFSET: &str = "upload-offset";

pub fn client_key(client: &ClientId, key: &Secret) -> Secret {
    Secret::new(format!("{client}.{}", key.reveal()))
}

/// Reads identity and key. Returns None if the text does not have their form.
pub fn read_client_key(text: &str) -> Option<(ClientId, Secret)> {
    let (client, key) = text.split_once('.')?;
    let key = Secret::new(key);
    if is_key(&key) { Some((client.parse().ok()?, key)) } else { None }
}

pub fn is_key(key: &Secret) -> bool {
    hex::is_of(KEY_BYTES, key.reveal())
}

pub fn source_path(job: &JobId) -> String {
    format!("/api/v1/sources/{job}")
}
pub fn piece_path(lease: LeaseId) -> String {
    format!("/api/v1/pieces/{lease}")
}
pub fn upload_path(upload: &UploadId) -> String {
    format!("/api/v1/uploads/{upload}")
}
/// The file of a stream with the digests of all others.
pub const STREAM_SUMS: &str = "SHA256SUMS";

/// Whether a stream can have a file of this path, which leads out of no folder.
pub fn is_stream_file(path: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    path.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain))
}

/// A file of a job's stream.
pub fn stream_path(job: &JobId, file: &str) -> String {
    format!("/api/v1/jobs/{job}/stream/{file}")
}
pub fn result_path(job: &JobId) -> String {
    format!("/api/v1/jobs/{job}/result")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written_and_nothing_else_is_one() {
        let (client, key): (ClientId, _) = ("7f-A".parse().unwrap(), Secret::new("0f".repeat(32)));
        let text = client_key(&client, &key);
        assert_eq!(read_client_key(text.reveal()), Some((client, key)));
        let long = "0f".repeat(32);
        for bad in [
            "",
            ".",
            "c1",
            &format!(".{long}"),
            &format!("c1.{long}0"),
            &format!("c 1.{long}"),
            "c1.",
            &format!("c1.{}", "0F".repeat(32)),
            &format!("c1..{}", &long[1..]),
        ] {
            assert_eq!(read_client_key(bad), None, "{bad:?}");
        }
    }
}
