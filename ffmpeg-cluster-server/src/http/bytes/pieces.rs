//! A piece comes in, chunk by chunk, under the number of a lease that is current.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::PathBuf;

use bytes::Bytes;
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::io::{crash, digest, disk};
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::transfer::{CHUNK_SHA256, UPLOAD_OFFSET};
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

use super::append::{self, Appended};
use super::{number, plain, refused, text};
use crate::access::Principal;
use crate::core::incoming::Incoming;
use crate::http::Services;
use crate::http::keys;

/// Pieces leave so much, for the database and the joining: what is refused here waits on its client.
const ROOM_KEPT: u64 = 4 << 20;

/// Where the bytes of this lease's piece go, for its holder.
async fn arriving(
    services: &Services,
    lease: &str,
    headers: &HeaderMap,
    from: IpAddr,
) -> Result<(LeaseId, PathBuf), Response> {
    let lease: LeaseId = lease.parse().map_err(|_| not_current())?;
    let job = services.core.leases.job_of(lease).ok_or_else(not_current)?;
    keys::check_lease(services, headers, from, lease).await?;
    Ok((lease, services.runner.folders().arriving(&job, lease)))
}

fn not_current() -> Response {
    refused(
        StatusCode::GONE,
        ErrorCode::InvalidRequest,
        "the lease is not current any more; its piece is not wanted",
    )
}

pub(super) async fn offset(
    lease: String,
    headers: HeaderMap,
    who: Principal,
    services: Services,
) -> Response {
    let path = match arriving(&services, &lease, &headers, who.from).await {
        Ok((_, path)) => path,
        Err(refusal) => return refusal,
    };
    let length = services.runner.background.blocking(move || append::length(&path)).await.unwrap_or(0);
    plain(StatusCode::OK, &[(UPLOAD_OFFSET, length.to_string()), ("cache-control", "no-store".into())])
}

pub(super) async fn append(
    lease: String,
    headers: HeaderMap,
    who: Principal,
    chunk: Bytes,
    services: Services,
) -> Response {
    let (current, path) = match arriving(&services, &lease, &headers, who.from).await {
        Ok(found) => found,
        Err(refusal) => return refusal,
    };
    let Some((offset, wanted)) =
        number(&headers, UPLOAD_OFFSET).zip(text(&headers, CHUNK_SHA256).map(str::to_owned))
    else {
        let message = format!("{UPLOAD_OFFSET} and {CHUNK_SHA256} are wanted");
        return refused(StatusCode::BAD_REQUEST, ErrorCode::InvalidRequest, message);
    };
    // A repeat waits for its first, and finds that the bytes are there.
    let ours = services.runner.store.pieces.write(&current).await;
    let done = services.runner.background.blocking(move || {
        // Held until it is written, even where whoever sent it is gone meanwhile.
        let _ours = ours;
        if digest::of_bytes(&chunk) != wanted {
            return Ok(None);
        }
        let inside = path.ancestors().find(|folder| folder.is_dir());
        if inside.and_then(disk::free).is_some_and(|free| free < chunk.len() as u64 + ROOM_KEPT) {
            return Err(ErrorKind::StorageFull.into());
        }
        append::append(&path, offset, &chunk).map(Some)
    });
    match done.await.map_err(std::io::Error::other).and_then(|done| done) {
        Ok(Some(Appended::At(end))) => {
            crash::point("server.piece.appended");
            // A driver too busy for this one gets the next.
            let _ = services
                .core
                .incoming
                .try_send(Incoming::Event(Event::BytesCame { lease: current, bytes: end }));
            plain(StatusCode::NO_CONTENT, &[(UPLOAD_OFFSET, end.to_string())])
        }
        Ok(Some(Appended::Elsewhere(end))) => {
            plain(StatusCode::CONFLICT, &[(UPLOAD_OFFSET, end.to_string())])
        }
        Ok(None) => {
            let message = "the chunk is not what its digest says";
            refused(StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::InvalidRequest, message)
        }
        Err(error) if disk::is_full(&error) => {
            refused(StatusCode::INSUFFICIENT_STORAGE, ErrorCode::DiskFull, "the server's disk is full")
        }
        Err(error) => {
            tracing::error!(lease, "a piece can't be written: {error}");
            refused(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal, "the piece can't be written")
        }
    }
}
