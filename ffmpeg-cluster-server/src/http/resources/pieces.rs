//! A piece comes in, chunk by chunk, under the number of a lease that is current.

use std::io::ErrorKind;
use std::path::PathBuf;

use bytes::Bytes;
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::io::{crash, digest, disk};
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::transfer::{CHUNK_SHA256, UPLOAD_OFFSET};
use warp::http::StatusCode;
use warp::reply::Response;

use super::append::{self, Appended};
use crate::core::incoming::Incoming;
use crate::http::answer::{Failure, plain, refused};
use crate::http::call::Call;
use crate::http::keys;

/// Pieces leave so much, for the database and the joining: what is refused here waits on its client.
const KEPT_FREE: u64 = 4 << 20;

/// A lease that is current and the caller's, and where its bytes go.
struct Arriving {
    lease: LeaseId,
    path: PathBuf,
}

impl Arriving {
    async fn of(call: &Call) -> Result<Self, Failure> {
        let from = call.principal()?.from;
        let lease: LeaseId = call.name.parse().map_err(|_| not_current())?;
        let job = call.services.core.leases.job_of(lease).ok_or_else(not_current)?;
        keys::check_lease(&call.services, &call.headers, from, lease).await?;
        Ok(Self { lease, path: call.services.runner.folders().arriving(&job, lease) })
    }
}

fn not_current() -> Failure {
    let message = "the lease is not current any more; its piece is not wanted";
    Failure::at(StatusCode::GONE, ErrorCode::InvalidRequest, message)
}

pub(in crate::http) async fn offset(call: Call) -> Result<Response, Failure> {
    let Arriving { path, .. } = Arriving::of(&call).await?;
    let length = call.services.runner.background.blocking(move || append::length(&path)).await.unwrap_or(0);
    Ok(plain(StatusCode::OK, &[(UPLOAD_OFFSET, length.to_string()), ("cache-control", "no-store".into())]))
}

pub(in crate::http) async fn append(mut call: Call) -> Result<Response, Failure> {
    let Arriving { lease, path } = Arriving::of(&call).await?;
    let Some((offset, sha256)) = call.number(UPLOAD_OFFSET).zip(call.text(CHUNK_SHA256).map(str::to_owned))
    else {
        let message = format!("{UPLOAD_OFFSET} and {CHUNK_SHA256} are wanted");
        return Err(refused(ErrorCode::InvalidRequest, message));
    };
    let chunk = Chunk { path, offset, bytes: call.bytes(), sha256 };
    // A repeat waits for its first, and finds that the bytes are there.
    let ours = call.services.runner.store.pieces.write(&lease).await;
    let done = call.services.runner.background.blocking(move || {
        // Held until it is written, even where whoever sent it is gone meanwhile.
        let _ours = ours;
        chunk.write()
    });
    match done.await.map_err(std::io::Error::other).and_then(|done| done) {
        Ok(Some(Appended::At(end))) => {
            crash::point("server.piece.appended");
            // A driver too busy for this one gets the next.
            let came = Incoming::Event(Event::BytesCame { lease, bytes: end });
            let _ = call.services.core.incoming.try_send(came);
            Ok(plain(StatusCode::NO_CONTENT, &[(UPLOAD_OFFSET, end.to_string())]))
        }
        Ok(Some(Appended::Elsewhere(end))) => {
            Ok(plain(StatusCode::CONFLICT, &[(UPLOAD_OFFSET, end.to_string())]))
        }
        Ok(None) => {
            let message = "the chunk is not what its digest says";
            Err(Failure::at(StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidRequest, message))
        }
        Err(error) if disk::is_full(&error) => Err(refused(ErrorCode::DiskFull, "the server's disk is full")),
        Err(error) => {
            tracing::error!(%lease, "a piece can't be written: {error}");
            Err(refused(ErrorCode::Internal, "the piece can't be written"))
        }
    }
}

struct Chunk {
    path: PathBuf,
    offset: u64,
    bytes: Bytes,
    sha256: String,
}

impl Chunk {
    /// None where the bytes are not those that were sent.
    fn write(self) -> std::io::Result<Option<Appended>> {
        if digest::of_bytes(&self.bytes) != self.sha256 {
            return Ok(None);
        }
        let inside = self.path.ancestors().find(|folder| folder.is_dir());
        if inside.and_then(disk::free).is_some_and(|free| free < self.bytes.len() as u64 + KEPT_FREE) {
            return Err(ErrorKind::StorageFull.into());
        }
        append::append(&self.path, self.offset, &self.bytes).map(Some)
    }
}
