//! Moves the bytes of an upload from the connection to the disk.

use bytes::Bytes;
use ffmpeg_cluster_common::io::disk;
use ffmpeg_cluster_common::limits::CHUNK_BYTES_MAX;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use futures_util::{Stream, StreamExt};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use warp::http::StatusCode;

use super::tus::Checksum;
use crate::http::answer::{Failure, refused};

const CHECKSUM_MISMATCH: u16 = 460;

/// An open upload that expects its next bytes.
pub(super) struct Receiver {
    pub(super) file: File,
    /// Announced bytes that have not arrived.
    pub(super) missing: u64,
    pub(super) checksum: Checksum,
}

impl Receiver {
    /// A chunk with a checksum counts whole or not at all; without one every byte that arrived counts. Returns the count.
    pub(super) async fn receive(
        mut self,
        mut body: impl Stream<Item = Result<Bytes, warp::Error>> + Unpin,
    ) -> Result<u64, Failure> {
        let (mut count, mut held) = (0_u64, Vec::new());
        if self.checksum == Checksum::Unknown {
            let message = "Upload-Checksum must be sha1 or sha256 with a base64 value";
            return Err(refused(ErrorCode::InvalidRequest, message));
        }
        while let Some(part) = body.next().await {
            // The connection broke: what is here is kept, and the sender asks for the offset.
            let Ok(part) = part else { break };
            count += part.len() as u64;
            if count > self.missing {
                return Err(refused(ErrorCode::TooLarge, "more bytes than announced"));
            }
            if self.checksum == Checksum::None {
                self.file.write_all(&part).await.map_err(|error| unwritten(&error))?;
            } else if count > CHUNK_BYTES_MAX {
                let message = format!("a chunk with a checksum has at most {CHUNK_BYTES_MAX} bytes");
                return Err(refused(ErrorCode::TooLarge, message));
            } else {
                held.extend_from_slice(&part);
            }
        }
        if !self.checksum.fits(&held) {
            let status = StatusCode::from_u16(CHECKSUM_MISMATCH).unwrap_or(StatusCode::BAD_REQUEST);
            let message = "the chunk does not match its checksum";
            return Err(Failure::at(status, ErrorCode::InvalidRequest, message));
        }
        self.finish(&held, count).await.map_err(|error| unwritten(&error))
    }

    async fn finish(&mut self, held: &[u8], count: u64) -> std::io::Result<u64> {
        self.file.write_all(held).await?;
        self.file.flush().await?;
        if count == self.missing {
            // A job will rely on these bytes.
            self.file.sync_all().await?;
        }
        Ok(count)
    }
}

fn unwritten(error: &std::io::Error) -> Failure {
    if disk::is_full(error) {
        return refused(ErrorCode::DiskFull, "the server's disk is full");
    }
    tracing::error!("an upload can't be written: {error}");
    refused(ErrorCode::Internal, "the upload can't be written")
}
