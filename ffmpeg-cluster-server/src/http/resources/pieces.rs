//! Receives a piece, chunk by chunk, under the number of a current lease.

use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::io::{crash, digest, disk};
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::transfer::{CHUNK_SHA256, UPLOAD_OFFSET};
use warp::http::StatusCode;
use warp::reply::Response;

use crate::core::incoming::Incoming;
use crate::http::answer::{Failure, plain, refused};
use crate::http::call::Call;
use crate::http::keys;
use crate::store::blobs::{Appended, Blob};

/// A current lease of the caller, and the blob for its bytes.
struct Arriving {
    lease: LeaseId,
    blob: Blob,
}

impl Arriving {
    async fn of(call: &Call) -> Result<Self, Failure> {
        let from = call.principal()?.from;
        let lease: LeaseId = call.name.parse().map_err(|_| not_current())?;
        let job = call.services.core.leases.job_of(lease).ok_or_else(not_current)?;
        keys::check_lease(&call.services, &call.headers, from, lease).await?;
        Ok(Self { lease, blob: Blob::Arriving(job, lease) })
    }
}

fn not_current() -> Failure {
    let message = "the lease is not current; its piece is not needed";
    Failure::at(StatusCode::GONE, ErrorCode::InvalidRequest, message)
}

pub(in crate::http) async fn offset(call: Call) -> Result<Response, Failure> {
    let Arriving { blob, .. } = Arriving::of(&call).await?;
    let length = call.services.runner.store.blobs.length(&blob).await;
    Ok(plain(StatusCode::OK, &[(UPLOAD_OFFSET, length.to_string()), ("cache-control", "no-store".into())]))
}

pub(in crate::http) async fn append(mut call: Call) -> Result<Response, Failure> {
    let Arriving { lease, blob } = Arriving::of(&call).await?;
    let Some((offset, sha256)) = call.number(UPLOAD_OFFSET).zip(call.text(CHUNK_SHA256).map(str::to_owned))
    else {
        let message = format!("{UPLOAD_OFFSET} and {CHUNK_SHA256} are required");
        return Err(refused(ErrorCode::InvalidRequest, message));
    };
    let (chunk, runner) = (call.bytes(), &call.services.runner);
    let sent = chunk.clone();
    let is_whole = runner.background.blocking(move || digest::of_bytes(&sent) == sha256).await;
    if !is_whole.map_err(|error| unwritten(lease, &error.into()))? {
        let message = "the chunk does not match its digest";
        return Err(Failure::at(StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidRequest, message));
    }
    // A repeated request waits for the first, and finds its bytes there.
    let ours = runner.store.blobs.alone(blob).await;
    match ours.append(offset, chunk).await.map_err(|error| unwritten(lease, &error))? {
        Appended::At(end) => {
            crash::point("server.piece.appended");
            // If the driver is too busy for this event, the next one will do.
            let came = Incoming::Event(Event::BytesCame { lease, bytes: end });
            let _ = call.services.core.incoming.try_send(came);
            Ok(plain(StatusCode::NO_CONTENT, &[(UPLOAD_OFFSET, end.to_string())]))
        }
        Appended::Elsewhere(end) => {
            let message = format!("the piece goes on at byte {end}");
            let failure = Failure::at(StatusCode::CONFLICT, ErrorCode::InvalidRequest, message);
            Err(failure.saying(UPLOAD_OFFSET, &end.to_string()))
        }
    }
}

fn unwritten(lease: LeaseId, error: &std::io::Error) -> Failure {
    if disk::is_full(error) {
        return refused(ErrorCode::DiskFull, "the server's disk is full");
    }
    tracing::error!(%lease, "a piece can't be written: {error}");
    refused(ErrorCode::Internal, "the piece can't be written")
}
