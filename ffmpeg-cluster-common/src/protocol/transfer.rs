//! The byte plane: paths, headers and chunk digests of HTTP on the server's port.
//!
//! * `GET  /api/v1/sources/{job_id}` one range of at most a chunk, with `If-Match`; the answer carries
//!   [`CHUNK_SHA256`] over the bytes of the answer, and 412 when the source is not what it was.
//! * `HEAD /api/v1/pieces/{lease}` → `Upload-Offset`: how many bytes of the piece are here.
//! * `PATCH /api/v1/pieces/{lease}` with `Upload-Offset` and [`CHUNK_SHA256`] appends one chunk;
//!   204 with the new offset, 409 where the offset is another, 422 where the digest is wrong,
//!   410 where the lease is not current, 507 where the disk is full.
//! * `/api/v1/uploads` speaks tus 1.0.
//!
//! Sources and pieces are for who holds a lease of theirs and shows it by [`CLIENT_KEY`]: 403 for all others.

use crate::access::secret::Secret;
use crate::ids::{ClientId, JobId, LeaseId, UploadId};
use crate::text::hex;

/// Hexadecimal SHA-256 of the bytes of this request's or answer's body.
pub const CHUNK_SHA256: &str = "x-chunk-sha256";
/// A client's identity and key, with a dot between them.
pub const CLIENT_KEY: &str = "client-key";
/// Of a key, which is shown in hexadecimal.
pub const KEY_BYTES: usize = 32;
/// As in tus.
pub const UPLOAD_OFFSET: &str = "upload-offset";

pub fn client_key(client: &ClientId, key: &Secret) -> Secret {
    Secret::new(format!("{client}.{}", key.reveal()))
}

/// Identity and key, where it has the form of them.
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
