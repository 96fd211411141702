//! From a checked command to a job: limits, room, and the core.

use ffmpeg_cluster_common::cluster::effect::Answer;
use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::ids::{JobId, UploadId};
use ffmpeg_cluster_common::io::trace::Purpose;
use ffmpeg_cluster_common::protocol::command::{Command, ErrorCode, JobConfig};
use ffmpeg_cluster_common::protocol::reply::Reply;

use super::names;
use crate::access::Principal;
use crate::admission::{self, Refused};
use crate::http::Services;
use crate::store::blobs::Blob;
use crate::store::catalog::Given;

pub(super) async fn submit_file(
    services: &Services,
    principal: &Principal,
    path: &str,
    config: JobConfig,
    given: Given,
) -> Result<Reply, Refused> {
    has_room(services).await?;
    let job = admission::new_job();
    let looking = services.admission.tracing(&job, Purpose::DryRun);
    let spec = admission::spec_for_file(&looking, principal, path, config).await?;
    submit(services, principal, New { job, spec, given }).await
}

pub(super) async fn submit_upload(
    services: &Services,
    principal: &Principal,
    upload: UploadId,
    config: Option<JobConfig>,
    given: Given,
) -> Result<Reply, Refused> {
    has_room(services).await?;
    let named = names::upload(services, principal, &upload).await?;
    let upload = named.map_or(upload, |row| row.upload);
    // It stays until it is a job's.
    let _read = services.runner.store.blobs.reading(&Blob::Upload(upload.clone())).await;
    let job = admission::new_job();
    let looking = services.admission.tracing(&job, Purpose::DryRun);
    let spec = admission::spec_for_upload(&looking, principal, upload, config).await?;
    submit(services, principal, New { job, spec, given }).await
}

/// The job that a command to submit would make.
pub(super) async fn spec(
    services: &Services,
    principal: &Principal,
    command: Command,
) -> Result<JobSpec, Refused> {
    let looking = services.admission.tracing(&admission::new_job(), Purpose::DryRun);
    match command {
        Command::ProcessLocalFile { file_path, source, framerate, config } => {
            let config = config.unwrap_or_default().or(source, framerate);
            admission::spec_for_file(&looking, principal, &file_path, config).await
        }
        Command::ProcessUpload { upload_id, config } => {
            let named = names::upload(services, principal, &upload_id).await?;
            let upload = named.map_or(upload_id, |row| row.upload);
            let _read = services.runner.store.blobs.reading(&Blob::Upload(upload.clone())).await;
            admission::spec_for_upload(&looking, principal, upload, config).await
        }
        _ => Err(Refused::new(ErrorCode::InvalidRequest, "this command submits nothing")),
    }
}

pub(super) fn plain(answer: Answer) -> Reply {
    match answer {
        Answer::JobCreated(job_id)
        | Answer::Cancelled(job_id)
        | Answer::Started(job_id)
        | Answer::Arranged(job_id) => Reply::JobCreated { job_id },
        Answer::Disconnected(client_id) => Reply::ClientDisconnected { client_id },
        Answer::Forgiven(client_id) => Reply::ClientForgiven { client_id },
        Answer::Error { code, message } => Reply::Error { code, message },
    }
}

/// A job to be.
pub(super) struct New {
    pub(super) job: JobId,
    pub(super) spec: JobSpec,
    pub(super) given: Given,
}

/// Submitters with a limit take turns, so that counting and submitting do not race.
pub(super) async fn submit(services: &Services, principal: &Principal, new: New) -> Result<Reply, Refused> {
    let New { job, spec, mut given } = new;
    given.source_bytes = source_bytes(services, &spec.source).await;
    let is_bound = services.runner.settings.limits.bounds_jobs_of(principal.owner());
    let _turn = if is_bound { Some(services.runner.store.turn().await) } else { None };
    admission::may_submit(&services.admission, principal, spec.source.packed_bytes()).await?;
    let core = services.core.clone();
    let mut answer = Box::pin(async move { core.submit(job, spec, given).await });
    tokio::select! {
        answer = &mut answer => return Ok(plain(answer)),
        () = services.runner.store.writer.room().awaited() => {}
    }
    // Whoever is told so has no job, be it that room comes after all.
    let (core, writer) = (services.core.clone(), services.runner.store.writer.clone());
    drop(services.runner.background.spawn("a job that found no room", async move {
        if let Answer::JobCreated(job) = answer.await {
            // Asked again, the server makes a job.
            let _ = writer.answered(job.clone(), None).await;
            core.cancel(job).await;
        }
    }));
    has_room(services).await?;
    Err(Refused::new(ErrorCode::DiskFull, "the server's disk is full; make room there, and ask again"))
}

/// None if the source can't be looked at now; the index will say why.
async fn source_bytes(services: &Services, source: &SourceAt) -> Option<u64> {
    let path = match source {
        SourceAt::LocalFile(path) => path.into(),
        SourceAt::Sequence(sequence) => return Some(sequence.bytes),
        SourceAt::Upload(upload) => services.runner.folders().upload(upload),
    };
    tokio::fs::metadata(path).await.ok().map(|about| about.len())
}

pub(super) async fn has_room(services: &Services) -> Result<(), Refused> {
    let full = services.runner.store.why_full().await;
    full.map_or(Ok(()), |why| Err(Refused::new(ErrorCode::DiskFull, why)))
}
