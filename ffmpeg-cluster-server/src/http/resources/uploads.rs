//! Receives films over tus 1.0: core, creation, checksum, termination. Bytes that arrived before a connection broke are kept.

use ffmpeg_cluster_common::ids::UploadId;
use ffmpeg_cluster_common::io::{clock, crash};
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::transfer::upload_path;
use futures_util::StreamExt;
use warp::http::StatusCode;
use warp::reply::Response;

use super::names;
use super::receive::Receiver;
use super::tus::{CHUNK_TYPE, Checksum, check_version, file_name, said_by_tus};
use crate::access::Principal;
use crate::access::audit_log::AuditAction;
use crate::admission::failed;
use crate::http::Services;
use crate::http::answer::{Failure, plain, refused};
use crate::http::call::Call;
use crate::store::blobs::Blob;
use crate::store::catalog::UploadRow;

/// Metadata is for people, and is stored in the database.
const METADATA_BYTES_MAX: usize = 4096;
const FAILED: &str = "an upload failed";

pub(in crate::http) async fn create(call: Call) -> Result<Response, Failure> {
    said_by_tus(created(&call).await)
}

pub(in crate::http) async fn head(call: Call) -> Result<Response, Failure> {
    said_by_tus(offset(&call).await)
}

pub(in crate::http) async fn patch(call: Call) -> Result<Response, Failure> {
    said_by_tus(appended(call).await)
}

pub(in crate::http) async fn delete(call: Call) -> Result<Response, Failure> {
    said_by_tus(deleted(&call).await)
}

async fn created(call: &Call) -> Result<Response, Failure> {
    let principal = call.principal()?;
    let name = call.text("upload-metadata").and_then(file_name).unwrap_or_default();
    let made = match check_version(call) {
        Ok(()) => announce(call, principal).await,
        Err(failure) => Err(failure),
    };
    let (about, answer) = match made {
        Ok(row) => (
            format!("{} {} bytes {name}", row.upload, row.bytes),
            plain(StatusCode::CREATED, &[("location", upload_path(&row.upload))]),
        ),
        Err(failure) => (name, failure.answer()),
    };
    call.services.audit_log.note_answer(principal, AuditAction::CreateUpload, &about, answer.status());
    Ok(answer)
}

/// Reserves disk for the whole upload before the first byte.
async fn announce(call: &Call, principal: &Principal) -> Result<UploadRow, Failure> {
    let bytes = call.number("upload-length").filter(|bytes| i64::try_from(*bytes).is_ok());
    let bytes = bytes.ok_or_else(|| invalid("Upload-Length is required, as a number of bytes"))?;
    let metadata = call.text("upload-metadata").unwrap_or_default();
    if metadata.len() > METADATA_BYTES_MAX {
        return Err(invalid("Upload-Metadata is too long"));
    }
    let upload: UploadId = uuid::Uuid::new_v4().to_string().parse().expect("a UUID is an identity");
    let file_name = file_name(metadata).unwrap_or_else(|| format!("upload {upload}"));
    let row = UploadRow {
        upload,
        bytes,
        file_name,
        metadata: metadata.to_owned(),
        created_at: clock::wall(),
        owner: principal.owner().to_owned(),
        read_until: None,
    };
    let _turn = call.services.runner.store.turn().await;
    may_come(&call.services, &row).await?;
    let UploadRow { upload, owner, file_name: file, .. } = &row;
    tracing::info!(%upload, owner, file, bytes, "upload announced");
    make(&call.services, &row).await.map_err(|error| failed(FAILED, &error))?;
    Ok(row)
}

/// Checks the limits of this submitter and of all together, and the free disk.
async fn may_come(services: &Services, row: &UploadRow) -> Result<(), Failure> {
    let (store, bytes) = (&services.runner.store, row.bytes);
    let used = store.reader.used(&row.owner).await.map_err(|error| failed(FAILED, &error))?;
    if let Err(over) = services.runner.settings.limits.upload(&used, bytes) {
        return Err(refused(over.code(), over.to_string()));
    }
    let free = store.free_disk().await.unwrap_or(u64::MAX);
    if bytes > free {
        let message = format!(
            "{bytes} bytes were announced, and {free} are free on the server after reserving space for other uploads"
        );
        return Err(refused(ErrorCode::DiskFull, message));
    }
    Ok(())
}

async fn make(services: &Services, row: &UploadRow) -> anyhow::Result<()> {
    services.runner.store.blobs.begin(&Blob::Upload(row.upload.clone())).await?;
    crash::point("server.upload.made");
    services.runner.store.writer.add_upload(row.clone()).await?;
    crash::point("server.upload.announced");
    Ok(())
}

/// To the caller, somebody else's upload does not exist.
async fn find(call: &Call) -> Result<UploadRow, Failure> {
    check_version(call)?;
    let principal = call.principal()?;
    let unknown = || refused(ErrorCode::UploadNotFound, "there is no such upload");
    let upload: UploadId = call.name.parse().map_err(|_| unknown())?;
    names::upload(&call.services, principal, &upload).await?.ok_or_else(unknown)
}

async fn offset(call: &Call) -> Result<Response, Failure> {
    let row = find(call).await?;
    let store = &call.services.runner.store;
    let here = store.blobs.length(&Blob::Upload(row.upload.clone())).await;
    if here == row.bytes {
        // A server that died behind the last byte has told nobody.
        whole(call, &row).await?;
    }
    let mut said = vec![
        ("upload-offset", here.to_string()),
        ("upload-length", row.bytes.to_string()),
        ("cache-control", "no-store".to_owned()),
    ];
    if !row.metadata.is_empty() {
        said.push(("upload-metadata", row.metadata));
    }
    Ok(plain(StatusCode::OK, &said))
}

async fn deleted(call: &Call) -> Result<Response, Failure> {
    let row = find(call).await?;
    let answer = forget(&call.services, &row).await.unwrap_or_else(Failure::answer);
    let (principal, upload) = (call.principal()?, row.upload.as_str());
    call.services.audit_log.note_answer(principal, AuditAction::DeleteUpload, upload, answer.status());
    Ok(answer)
}

async fn forget(services: &Services, row: &UploadRow) -> Result<Response, Failure> {
    let store = &services.runner.store;
    let Some(ours) = store.blobs.alone_now(Blob::Upload(row.upload.clone())) else {
        return Err(locked("this upload is in use; try again later"));
    };
    if !store.writer.forget_upload(&row.upload).await.map_err(|error| failed(FAILED, &error))? {
        let message = "a job reads this upload; it is deleted when the job ends";
        return Err(refused(ErrorCode::UploadInUse, message));
    }
    let _ = ours.remove().await;
    Ok(plain(StatusCode::NO_CONTENT, &[]))
}

async fn appended(mut call: Call) -> Result<Response, Failure> {
    let row = find(&call).await?;
    if call.text("content-type") != Some(CHUNK_TYPE) {
        let message = format!("Content-Type: {CHUNK_TYPE} is required");
        return Err(Failure::at(StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorCode::InvalidRequest, message));
    }
    let offset = call.number("upload-offset").ok_or_else(|| invalid("Upload-Offset is required"))?;
    let (store, background) = (&call.services.runner.store, call.services.runner.background.clone());
    // Two senders at once would mix their bytes.
    let ours = store.blobs.alone_now(Blob::Upload(row.upload.clone()));
    let ours = ours.ok_or_else(|| locked("this upload is in use; try again later"))?;
    let file = match ours.open_at(offset).await {
        Ok(Ok(file)) => file,
        Ok(Err(end)) => return Err(elsewhere(end)),
        Err(error) => return Err(failed(FAILED, &error.into()).into()),
    };
    let missing = row.bytes.saturating_sub(offset);
    let receiver = Receiver { file, missing, checksum: Checksum::read(&call.headers) };
    let (body, stop) = (call.stream(), background.stop().clone());
    // The sender may vanish in the middle of a write: the task finishes it before the next sender is let in.
    let received = background.spawn("upload", async move {
        let _ours = ours;
        receiver.receive(Box::pin(body.take_until(stop.cancelled_owned()))).await
    });
    let count = received.await.map_err(|error| failed(FAILED, &error.into()))??;
    crash::point("server.upload.appended");
    if count == missing {
        crash::point("server.upload.whole");
        whole(&call, &row).await?;
    }
    Ok(plain(StatusCode::NO_CONTENT, &[("upload-offset", (offset + count).to_string())]))
}

/// All bytes are here, which is told once.
async fn whole(call: &Call, row: &UploadRow) -> Result<(), Failure> {
    let told = call.services.runner.store.writer.upload_completed(&row.upload, clock::wall()).await;
    Ok(told.map_err(|error| failed(FAILED, &error))?)
}

fn invalid(message: &str) -> Failure {
    refused(ErrorCode::InvalidRequest, message)
}

fn elsewhere(end: u64) -> Failure {
    let message = format!("the upload goes on at byte {end}");
    Failure::at(StatusCode::CONFLICT, ErrorCode::InvalidRequest, message)
        .saying("upload-offset", &end.to_string())
}

fn locked(message: &str) -> Failure {
    Failure::at(StatusCode::LOCKED, ErrorCode::Busy, message)
}
