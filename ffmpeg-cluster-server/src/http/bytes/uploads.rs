//! Films come in over tus 1.0: core, creation, checksum, termination. What arrived before a connection broke is kept.

use anyhow::Context;
use bytes::Buf;
use ffmpeg_cluster_common::ids::UploadId;
use ffmpeg_cluster_common::io::{clock, crash, disk};
use ffmpeg_cluster_common::limits::CHUNK_BYTES_MAX;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::transfer::upload_path;
use futures_util::{Stream, StreamExt};
use tokio::io::AsyncWriteExt;
use warp::http::{HeaderMap, HeaderValue, StatusCode};
use warp::reply::Response;
use warp::{Filter, Rejection};

use super::tus::{ALGORITHMS, CHUNK_TYPE, Checksum, EXTENSIONS, VERSION, file_name};
use super::{append, number, plain, refused, text};
use crate::access::Principal;
use crate::access::audit_log::Deed;
use crate::http::Services;
use crate::http::api::status_of;
use crate::store::catalog::UploadRow;
use crate::store::durable;

/// Metadata is for people, and goes into the database.
const METADATA_BYTES_MAX: usize = 4096;
const CHECKSUM_MISMATCH: u16 = 460;

/// The server, and who speaks to it.
struct Asker {
    services: Services,
    principal: Principal,
}

pub(super) fn routes(services: Services) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    let with =
        warp::ext::get::<Principal>().map(move |principal| Asker { services: services.clone(), principal });
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

async fn create(headers: HeaderMap, Asker { services, principal }: Asker) -> Response {
    let made = match speaks_tus(&headers) {
        Ok(()) => announce(&headers, &services, &principal).await,
        Err(refusal) => Err(refusal),
    };
    let name = text(&headers, "upload-metadata").and_then(file_name).unwrap_or_default();
    let (about, answer) = match made {
        Ok((upload, bytes)) => (
            format!("{upload} {bytes} bytes {name}"),
            plain(StatusCode::CREATED, &[("location", upload_path(&upload))]),
        ),
        Err(refusal) => (name, refusal),
    };
    services.audit_log.note_answer(&principal, Deed::CreateUpload, &about, answer.status());
    answer
}

/// Room is taken for all of it, before the first byte.
async fn announce(
    headers: &HeaderMap,
    services: &Services,
    principal: &Principal,
) -> Result<(UploadId, u64), Response> {
    let Some(bytes) = number(headers, "upload-length").filter(|bytes| i64::try_from(*bytes).is_ok()) else {
        return Err(invalid("Upload-Length is wanted, as a number of bytes"));
    };
    let metadata = text(headers, "upload-metadata").unwrap_or_default();
    if metadata.len() > METADATA_BYTES_MAX {
        return Err(invalid("Upload-Metadata is too long"));
    }
    let upload: UploadId = uuid::Uuid::new_v4().to_string().parse().expect("a UUID is an identity");
    let file_name = file_name(metadata).unwrap_or_else(|| format!("upload {upload}"));
    let _turn = services.runner.store.turn().await;
    has_room(services, principal, bytes).await?;
    tracing::info!(%upload, owner = principal.owner(), file = file_name, bytes, "upload announced");
    let row = UploadRow {
        upload: upload.clone(),
        bytes,
        file_name,
        metadata: metadata.to_owned(),
        created_at: clock::wall(),
        owner: principal.owner().to_owned(),
    };
    make(services, row).await.map_err(|error| failed(&error))?;
    Ok((upload, bytes))
}

/// Within what this submitter, and all together, may have, and on the disk.
async fn has_room(services: &Services, principal: &Principal, bytes: u64) -> Result<(), Response> {
    let used = services.runner.store.reader.used(principal.owner()).await.map_err(|error| failed(&error))?;
    if let Err(over) = services.runner.settings.limits.upload(&used, bytes) {
        return Err(refused(status_of(over.code()), over.code(), over.to_string()));
    }
    let free = services.runner.store.free_disk(&services.runner.background).await.unwrap_or(u64::MAX);
    if bytes > free {
        let message =
            format!("{bytes} bytes were announced and {free} are free on the server, other uploads deducted");
        return Err(refused(StatusCode::INSUFFICIENT_STORAGE, ErrorCode::DiskFull, message));
    }
    Ok(())
}

async fn make(services: &Services, row: UploadRow) -> anyhow::Result<()> {
    let (path, inside) = (services.runner.folders().upload(&row.upload), services.runner.folders().uploads());
    let made = services.runner.background.blocking(move || {
        // Somebody may have tidied up under a running server.
        let written = std::fs::create_dir_all(&inside).and_then(|()| std::fs::write(&path, b""));
        written.with_context(|| format!("making {}", path.display()))?;
        durable::sync_folder(&inside)
    });
    made.await??;
    crash::point("server.upload.made");
    services.runner.store.writer.add_upload(row).await?;
    crash::point("server.upload.announced");
    Ok(())
}

/// What is somebody else's is not there.
async fn find(asker: &Asker, id: &str, headers: &HeaderMap) -> Result<UploadRow, Response> {
    let Asker { services, principal } = asker;
    speaks_tus(headers)?;
    let unknown = || refused(StatusCode::NOT_FOUND, ErrorCode::UploadNotFound, "there is no such upload");
    let upload: UploadId = id.parse().map_err(|_| unknown())?;
    let row = services.runner.store.reader.upload(&upload).await.map_err(|error| failed(&error))?;
    row.filter(|row| principal.owns(&row.owner)).ok_or_else(unknown)
}

async fn head(id: String, headers: HeaderMap, asker: Asker) -> Response {
    let row = match find(&asker, &id, &headers).await {
        Ok(row) => row,
        Err(refusal) => return refusal,
    };
    let offset = append::length(&asker.services.runner.folders().upload(&row.upload));
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

async fn delete(id: String, headers: HeaderMap, asker: Asker) -> Response {
    let row = match find(&asker, &id, &headers).await {
        Ok(row) => row,
        Err(refusal) => return refusal,
    };
    let Asker { services, principal } = asker;
    let answer = forget(&services, &row).await;
    services.audit_log.note_answer(&principal, Deed::DeleteUpload, row.upload.as_str(), answer.status());
    answer
}

async fn forget(services: &Services, row: &UploadRow) -> Response {
    let Some(_ours) = services.runner.store.uploads.try_write(&row.upload) else {
        return refused(
            StatusCode::LOCKED,
            ErrorCode::Busy,
            "this upload is being sent or looked at just now",
        );
    };
    match services.runner.store.writer.forget_upload(&row.upload).await {
        Ok(true) => {
            let _ = tokio::fs::remove_file(services.runner.folders().upload(&row.upload)).await;
            plain(StatusCode::NO_CONTENT, &[])
        }
        Ok(false) => {
            let message = "a job reads this upload; it goes when the job has ended";
            refused(StatusCode::CONFLICT, ErrorCode::UploadInUse, message)
        }
        Err(error) => failed(&error),
    }
}

async fn patch(
    id: String,
    headers: HeaderMap,
    body: impl Stream<Item = Result<impl Buf + Send + 'static, warp::Error>> + Send + 'static,
    asker: Asker,
) -> Response {
    let row = match find(&asker, &id, &headers).await {
        Ok(row) => row,
        Err(refusal) => return refusal,
    };
    if text(&headers, "content-type") != Some(CHUNK_TYPE) {
        let message = format!("Content-Type: {CHUNK_TYPE} is wanted");
        return refused(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::InvalidRequest, message);
    }
    let Some(offset) = number(&headers, "upload-offset") else { return invalid("Upload-Offset is wanted") };
    let services = asker.services;
    // Two at once would mix their bytes.
    let Some(ours) = services.runner.store.uploads.try_write(&row.upload) else {
        return refused(StatusCode::LOCKED, ErrorCode::Busy, "somebody else is sending this upload just now");
    };
    let path = services.runner.folders().upload(&row.upload);
    let file = match append::open_at(&path, offset) {
        Ok(Ok(file)) => tokio::fs::File::from_std(file),
        Ok(Err(end)) => return plain(StatusCode::CONFLICT, &[("upload-offset", end.to_string())]),
        Err(error) => return failed(&error.into()),
    };
    let (room, checksum) = (row.bytes.saturating_sub(offset), Checksum::read(&headers));
    let stop = services.runner.background.stop().clone();
    // Who sends may be gone in the middle of a write: it ends before the next sender is let in.
    let received = services.runner.background.spawn("upload", async move {
        let _ours = ours;
        let body = Box::pin(body.take_until(stop.cancelled_owned()));
        receive(file, body, room, &checksum).await
    });
    match received.await {
        Ok(Ok(count)) => {
            crash::point("server.upload.appended");
            if count == room {
                crash::point("server.upload.whole");
            }
            plain(StatusCode::NO_CONTENT, &[("upload-offset", (offset + count).to_string())])
        }
        Ok(Err(refusal)) => refusal,
        Err(error) => failed(&error.into()),
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
