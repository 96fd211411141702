//! Films come in over tus 1.0: core, creation, checksum, termination. What arrived before a connection broke is kept.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Buf;
use ffmpeg_cluster_common::ids::UploadId;
use ffmpeg_cluster_common::io::{clock, crash, disk};
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::transfer::upload_path;
use futures_util::{Stream, StreamExt};
use tokio::io::AsyncWriteExt;
use warp::http::{HeaderMap, HeaderValue, StatusCode};
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::tus::{ALGORITHMS, CHUNK_TYPE, Checksum, EXTENSIONS, VERSION, file_name};
use super::{CHUNK_BYTES_MAX, append, number, plain, refused, text};
use crate::catalog::UploadRow;
use crate::durable;
use crate::handle::Handle;

/// Metadata is for people, and goes into the database.
const METADATA_BYTES_MAX: usize = 4096;
const CHECKSUM_MISMATCH: u16 = 460;

/// Uploads into which somebody writes just now: two at once would mix their bytes.
type Busy = Arc<Mutex<BTreeSet<UploadId>>>;

pub(super) fn routes(handle: Handle) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    let busy = Busy::default();
    let with = warp::any().map(move || (handle.clone(), busy.clone()));
    let root = || warp::path!("api" / "v1" / "uploads");
    let one = || warp::path!("api" / "v1" / "uploads" / String);
    let headers = warp::header::headers_cloned;
    let options = root().map(|| ()).untuple_one().or(one().map(|_| ()).untuple_one()).unify();
    let options = options.and(warp::options()).map(|| {
        let said =
            [("tus-version", VERSION), ("tus-extension", EXTENSIONS), ("tus-checksum-algorithm", ALGORITHMS)];
        plain(StatusCode::NO_CONTENT, &said.map(|(name, value)| (name, value.to_owned())))
    });
    let create = root().and(warp::post()).and(headers()).and(with.clone()).then(create);
    let head = one().and(warp::head()).and(headers()).and(with.clone()).then(head);
    let patch =
        one().and(warp::patch()).and(headers()).and(warp::body::stream()).and(with.clone()).then(patch);
    let delete = one().and(warp::delete()).and(headers()).and(with).then(delete);
    let all = options.or(create).unify().or(head).unify().or(patch).unify().or(delete).unify();
    all.map(|mut answer: Response| {
        answer.headers_mut().insert("tus-resumable", HeaderValue::from_static(VERSION));
        answer
    })
}

#[expect(clippy::result_large_err, reason = "the error is the answer")]
fn speaks_tus(headers: &HeaderMap) -> Result<(), Response> {
    if text(headers, "tus-resumable") == Some(VERSION) {
        return Ok(());
    }
    Err(plain(StatusCode::PRECONDITION_FAILED, &[("tus-version", VERSION.to_owned())]))
}

fn invalid(message: &str) -> Response {
    refused(StatusCode::BAD_REQUEST, ErrorCode::InvalidRequest, message)
}

fn failed(trouble: &anyhow::Error) -> Response {
    tracing::error!("an upload failed: {trouble:#}");
    refused(
        StatusCode::INTERNAL_SERVER_ERROR,
        ErrorCode::Internal,
        "the server could not do it; its log says why",
    )
}

async fn create(headers: HeaderMap, (handle, _): (Handle, Busy)) -> Response {
    if let Err(refusal) = speaks_tus(&headers) {
        return refusal;
    }
    let Some(bytes) = number(&headers, "upload-length").filter(|bytes| i64::try_from(*bytes).is_ok()) else {
        return invalid("Upload-Length is wanted, as a number of bytes");
    };
    let metadata = text(&headers, "upload-metadata").unwrap_or_default();
    if metadata.len() > METADATA_BYTES_MAX {
        return invalid("Upload-Metadata is too long");
    }
    let free = unreserved(&handle).await.unwrap_or(u64::MAX);
    if bytes > free {
        let message =
            format!("{bytes} bytes were announced and {free} are free on the server, other uploads deducted");
        return refused(StatusCode::INSUFFICIENT_STORAGE, ErrorCode::DiskFull, message);
    }
    let upload: UploadId = uuid::Uuid::new_v4().to_string().parse().expect("a UUID is an identity");
    let file_name = file_name(metadata).unwrap_or_else(|| format!("upload {upload}"));
    tracing::info!(%upload, file = file_name, bytes, "upload announced");
    let row = UploadRow {
        upload: upload.clone(),
        bytes,
        file_name,
        metadata: metadata.to_owned(),
        created_at: clock::wall(),
    };
    let (path, inside) = (handle.folders.upload(&upload), handle.folders.uploads());
    let made = handle.background.blocking(move || {
        std::fs::write(&path, b"")?;
        durable::sync_folder(&inside)
    });
    if let Err(error) = made.await.map_err(anyhow::Error::from).and_then(|made| made) {
        return failed(&error);
    }
    crash::point("server.upload.made");
    match handle.reader.add_upload(row).await {
        Ok(()) => {
            crash::point("server.upload.announced");
            plain(StatusCode::CREATED, &[("location", upload_path(&upload))])
        }
        Err(error) => failed(&error),
    }
}

/// What may be written, less what was announced and has not come yet.
pub(crate) async fn unreserved(handle: &Handle) -> Option<u64> {
    let free = disk::free(&handle.folders.uploads())?;
    let announced = handle.reader.uploads().await.unwrap_or_default();
    let to_come = announced.iter().map(|row| {
        let here = append::length(&handle.folders.upload(&row.upload));
        row.bytes.saturating_sub(here)
    });
    Some(free.saturating_sub(to_come.sum()))
}

async fn find(handle: &Handle, id: &str, headers: &HeaderMap) -> Result<UploadRow, Response> {
    speaks_tus(headers)?;
    let unknown = || refused(StatusCode::NOT_FOUND, ErrorCode::UploadNotFound, "there is no such upload");
    let upload: UploadId = id.parse().map_err(|_| unknown())?;
    handle.reader.upload(&upload).await.map_err(|error| failed(&error))?.ok_or_else(unknown)
}

async fn head(id: String, headers: HeaderMap, (handle, _): (Handle, Busy)) -> Response {
    let row = match find(&handle, &id, &headers).await {
        Ok(row) => row,
        Err(refusal) => return refusal,
    };
    let offset = append::length(&handle.folders.upload(&row.upload));
    let mut said = vec![
        ("upload-offset", offset.to_string()),
        ("upload-length", row.bytes.to_string()),
        ("cache-control", "no-store".to_owned()),
    ];
    if !row.metadata.is_empty() {
        said.push(("upload-metadata", row.metadata));
    }
    plain(StatusCode::OK, &said)
}

async fn delete(id: String, headers: HeaderMap, (handle, _): (Handle, Busy)) -> Response {
    let row = match find(&handle, &id, &headers).await {
        Ok(row) => row,
        Err(refusal) => return refusal,
    };
    if let Err(error) = handle.reader.forget_upload(&row.upload).await {
        return failed(&error);
    }
    let _ = tokio::fs::remove_file(handle.folders.upload(&row.upload)).await;
    plain(StatusCode::NO_CONTENT, &[])
}

/// Takes the upload for one writer, until it is dropped.
struct Taken(Busy, UploadId);

impl Taken {
    fn take(busy: &Busy, upload: &UploadId) -> Option<Self> {
        let is_free = busy.lock().unwrap_or_else(PoisonError::into_inner).insert(upload.clone());
        is_free.then(|| Self(busy.clone(), upload.clone()))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

async fn patch(
    id: String,
    headers: HeaderMap,
    body: impl Stream<Item = Result<impl Buf, warp::Error>>,
    (handle, busy): (Handle, Busy),
) -> Response {
    let row = match find(&handle, &id, &headers).await {
        Ok(row) => row,
        Err(refusal) => return refusal,
    };
    if text(&headers, "content-type") != Some(CHUNK_TYPE) {
        let message = format!("Content-Type: {CHUNK_TYPE} is wanted");
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::InvalidRequest, message);
    }
    let Some(offset) = number(&headers, "upload-offset") else { return invalid("Upload-Offset is wanted") };
    let Some(_taken) = Taken::take(&busy, &row.upload) else {
        return refused(StatusCode::LOCKED, ErrorCode::Busy, "somebody else is sending this upload just now");
    };
    let path = handle.folders.upload(&row.upload);
    let file = match append::open_at(&path, offset) {
        Ok(Ok(file)) => tokio::fs::File::from_std(file),
        Ok(Err(end)) => return plain(StatusCode::CONFLICT, &[("upload-offset", end.to_string())]),
        Err(error) => return failed(&error.into()),
    };
    let room = row.bytes.saturating_sub(offset);
    match receive(file, Box::pin(body), room, &Checksum::read(&headers)).await {
        Ok(count) => {
            crash::point("server.upload.appended");
            if count == room {
                crash::point("server.upload.whole");
            }
            plain(StatusCode::NO_CONTENT, &[("upload-offset", (offset + count).to_string())])
        }
        Err(refusal) => refusal,
    }
}

/// With a checksum a chunk counts whole or not at all; without one every byte counts that arrived.
async fn receive<B: Buf>(
    mut file: tokio::fs::File,
    mut body: impl Stream<Item = Result<B, warp::Error>> + Unpin,
    room: u64,
    checksum: &Checksum,
) -> Result<u64, Response> {
    let (mut count, mut held) = (0_u64, Vec::new());
    if *checksum == Checksum::Unknown {
        return Err(invalid("Upload-Checksum: sha1 or sha256 with a base64 value is wanted"));
    }
    while let Some(part) = body.next().await {
        // The connection broke: what is here is kept, and the sender asks for the offset.
        let Ok(mut part) = part else { break };
        count += part.remaining() as u64;
        if count > room {
            let message = "these are more bytes than were announced";
            return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::TooLarge, message));
        }
        let bytes = part.copy_to_bytes(part.remaining());
        if *checksum == Checksum::None {
            file.write_all(&bytes).await.map_err(|error| unwritten(&error))?;
        } else if count > CHUNK_BYTES_MAX {
            let message = format!("a chunk with a checksum has at most {CHUNK_BYTES_MAX} bytes");
            return Err(refused(StatusCode::PAYLOAD_TOO_LARGE, ErrorCode::TooLarge, message));
        } else {
            held.extend_from_slice(&bytes);
        }
    }
    if !checksum.fits(&held) {
        let status = StatusCode::from_u16(CHECKSUM_MISMATCH).unwrap_or(StatusCode::BAD_REQUEST);
        return Err(refused(status, ErrorCode::InvalidRequest, "the chunk is not what its checksum says"));
    }
    file.write_all(&held).await.map_err(|error| unwritten(&error))?;
    file.flush().await.map_err(|error| unwritten(&error))?;
    if count == room {
        // A job will be promised on it.
        file.sync_all().await.map_err(|error| unwritten(&error))?;
    }
    Ok(count)
}

fn unwritten(error: &std::io::Error) -> Response {
    if disk::is_full(error) {
        return refused(StatusCode::INSUFFICIENT_STORAGE, ErrorCode::DiskFull, "the server's disk is full");
    }
    tracing::error!("an upload can't be written: {error}");
    refused(StatusCode::INTERNAL_SERVER_ERROR, ErrorCode::Internal, "the upload can't be written")
}
