//! What may still be done with a job that has ended: make it again, or forget it.

use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::io::crash;
use ffmpeg_cluster_common::io::trace::Purpose;
use ffmpeg_cluster_common::protocol::command::{Command, ErrorCode, JobState};
use ffmpeg_cluster_common::protocol::reply::Reply;

use super::making::{New, has_room, submit};
use super::names;
use crate::access::Principal;
use crate::admission::{self, Refused, internal};
use crate::http::Services;
use crate::store::blobs::Blob;
use crate::store::catalog::{Given, JobRow};

/// Carries out the commands about ended jobs.
pub(super) async fn obey(
    services: &Services,
    principal: &Principal,
    command: Command,
    given: Given,
) -> Result<Reply, Refused> {
    match command {
        Command::RetryJob { job_id } => retry(services, principal, &job_id, given).await,
        Command::DeleteJob { job_id } => delete(services, principal, &job_id).await,
        _ => Err(Refused::new(ErrorCode::InvalidRequest, "this command is for no ended job")),
    }
}

/// A new job of the same film with the same settings, judged anew. It has the name, labels and owner of the former one.
async fn retry(
    services: &Services,
    principal: &Principal,
    job_id: &str,
    given: Given,
) -> Result<Reply, Refused> {
    let row = names::job(services, principal, job_id).await?;
    may_be_made_again(&row)?;
    has_room(services).await?;
    let upload = match &row.spec.source {
        SourceAt::Upload(upload) => Some(upload.clone()),
        SourceAt::LocalFile(_) | SourceAt::Sequence(_) => None,
    };
    // It stays until it is a job's.
    let _read = match upload {
        Some(upload) => Some(services.runner.store.blobs.reading(&Blob::Upload(upload)).await),
        None => None,
    };
    let job = admission::new_job();
    let looking = services.admission.tracing(&job, Purpose::DryRun);
    let before = JobSpec { priority: row.place.priority(), ..row.spec.clone() };
    let spec = admission::spec_again(&looking, principal, before).await;
    let spec = spec.map_err(|refused| without_upload(&row, refused))?;
    let given = Given { named: row.named, preset: row.preset, retry_of: Some(row.job), ..given };
    submit(services, principal, New { job, spec, given }).await
}

fn may_be_made_again(row: &JobRow) -> Result<(), Refused> {
    let (job, state) = (&row.job, row.state.as_str());
    match row.state {
        JobState::Failed | JobState::Cancelled => Ok(()),
        JobState::Completed => {
            let message = format!("job {job} is {state}; submit its film again to encode it again");
            Err(Refused::new(ErrorCode::JobFinished, message))
        }
        _ => {
            let message = format!("job {job} is {state}; only what failed or was cancelled is made again");
            Err(Refused::new(ErrorCode::JobOpen, message))
        }
    }
}

/// Says why the upload is gone; to the caller, its number says nothing.
fn without_upload(row: &JobRow, refused: Refused) -> Refused {
    if refused.code != ErrorCode::UploadNotFound {
        return refused;
    }
    let why = match row.state {
        JobState::Cancelled => "it was deleted when the job was cancelled",
        _ => "it was deleted after --keep-uploads, or by hand",
    };
    let message =
        format!("the upload of job {} is gone: {why}; upload the film and submit it again", row.job);
    Refused::new(ErrorCode::UploadNotFound, message)
}

/// The result goes first: after a crash in between, the job is still there to be deleted.
async fn delete(services: &Services, principal: &Principal, job_id: &str) -> Result<Reply, Refused> {
    let row = names::job(services, principal, job_id).await?;
    if !row.state.is_final() {
        let message = format!("job {} is {}; cancel it first", row.job, row.state.as_str());
        return Err(Refused::new(ErrorCode::JobOpen, message));
    }
    let store = &services.runner.store;
    if row.state == JobState::Completed {
        let result = Blob::Result(row.job.clone(), row.output_name.clone());
        store.blobs.remove(&result).await.map_err(|error| internal(&error.into()))?;
    }
    crash::point("server.deleting.begun");
    let upload = match &row.spec.source {
        SourceAt::Upload(upload) => Some(upload),
        SourceAt::LocalFile(_) | SourceAt::Sequence(_) => None,
    };
    // None: somebody makes another job of it just now. What stays is deleted after --keep-uploads.
    let ours = upload.and_then(|upload| store.blobs.alone_now(Blob::Upload(upload.clone())));
    let forgotten = store.writer.forget_job(row.job.clone(), ours.is_some()).await;
    if !forgotten.map_err(|error| internal(&error))? {
        return Err(Refused::new(ErrorCode::JobNotFound, format!("there is no job {}", row.job)));
    }
    if let (Some(ours), Some(upload)) = (ours, upload)
        && matches!(store.reader.upload(upload).await, Ok(None))
    {
        let _ = ours.remove().await;
    }
    Ok(Reply::JobDeleted { job_id: row.job })
}
