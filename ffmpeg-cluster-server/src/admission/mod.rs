//! Turns a request into a checked job or a typed error, before any work and without leaving a trace.
//!
//! The checks go from cheap to expensive: names, numbers and parameters; the file; ffprobe; a trial of the parameters
//! on a few synthetic frames, so that ffmpeg itself judges their values; a dry run of the join with those frames.

mod able;
mod by_name;
mod dry_join;
mod dry_run;
mod file;
mod ladder;
mod object;
mod params;
pub(crate) mod presets;
mod refused;
mod sequence;
mod source;
mod tried;
mod wishes;

use std::sync::Arc;
use std::time::Duration;

use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::ids::{JobId, UploadId};
use ffmpeg_cluster_common::io::trace::Purpose;
use ffmpeg_cluster_common::protocol::command::{ErrorCode, JobConfig};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(crate) use self::object::object;
pub(crate) use self::refused::{Refused, failed, internal};
use self::tried::DryRunCache;
use self::wishes::Wishes;
use crate::access::Principal;
use crate::work::Runner;

/// A caller who waits longer for a turn is refused.
const LOOK_WITHIN: Duration = Duration::from_secs(30);
/// Films and parameters examined at a time; each takes a program or two.
const LOOKS_MAX: usize = 4;

/// What a command is judged with. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    runner: Runner,
    looks: Arc<Semaphore>,
    tried: DryRunCache,
}

impl Admission {
    pub(crate) fn new(runner: Runner) -> Self {
        Self { runner, looks: Arc::new(Semaphore::new(LOOKS_MAX)), tried: DryRunCache::default() }
    }

    /// Traces the programs it runs under a future job and this purpose.
    pub(crate) fn tracing(&self, job: &JobId, purpose: Purpose) -> Self {
        Self { runner: self.runner.tracing(job, purpose), ..self.clone() }
    }
}

/// Checks this submitter's limits.
pub(crate) async fn may_submit(
    admission: &Admission,
    principal: &Principal,
    brings: u64,
) -> Result<(), Refused> {
    let (limits, owner) = (&admission.runner.settings.limits, principal.owner());
    if !limits.bounds_jobs_of(owner) {
        return Ok(());
    }
    let used = admission.runner.store.reader.used(owner).await.map_err(|trouble| internal(&trouble))?;
    limits.job(owner, &used, brings).map_err(|over| Refused::new(over.code(), over.to_string()))
}

pub(crate) async fn spec_for_file(
    admission: &Admission,
    principal: &Principal,
    path: &str,
    config: JobConfig,
) -> Result<JobSpec, Refused> {
    may_submit(admission, principal, 0).await?;
    let sequence = sequence::rate(&config)?;
    let wishes = Wishes::read(admission, config, principal)?;
    match sequence {
        Some(rate) => source::images(admission, wishes, path, rate).await,
        None => source::file(admission, wishes, path).await,
    }
}

pub(crate) async fn spec_for_upload(
    admission: &Admission,
    principal: &Principal,
    upload: UploadId,
    config: Option<JobConfig>,
) -> Result<JobSpec, Refused> {
    may_submit(admission, principal, 0).await?;
    let config = config.unwrap_or_default();
    if sequence::rate(&config)?.is_some() {
        return Err(Refused::new(
            ErrorCode::InvalidRequest,
            "source: an upload is one film; images are read below a media root",
        ));
    }
    let wishes = Wishes::read(admission, config, principal)?;
    source::upload(admission, principal, wishes, upload).await
}

/// A job that was accepted before is judged anew: by now the film, this server's ffmpeg or its settings may be others.
/// It stays the job of its owner.
pub(crate) async fn spec_again(
    admission: &Admission,
    principal: &Principal,
    before: JobSpec,
) -> Result<JobSpec, Refused> {
    may_submit(admission, principal, 0).await?;
    let at = before.source.clone();
    let wishes = Wishes::again(admission, before)?;
    match at {
        SourceAt::LocalFile(path) => source::file(admission, wishes, &path).await,
        SourceAt::Sequence(images) => source::images_again(admission, wishes, &images).await,
        SourceAt::Upload(upload) => source::upload(admission, principal, wishes, upload).await,
    }
}

/// The ID of a future job, or of none: it gives every trial a folder of its own.
pub(crate) fn new_job() -> JobId {
    uuid::Uuid::new_v4().to_string().parse().expect("a UUID is a name")
}

/// Waits for a turn to examine a film, so that a flood of requests is no flood of programs.
async fn look(admission: &Admission) -> Result<OwnedSemaphorePermit, Refused> {
    let busy = || Refused::new(ErrorCode::Busy, "too many films are being checked; try again later");
    let turn = tokio::time::timeout(LOOK_WITHIN, admission.looks.clone().acquire_owned()).await;
    turn.map_err(|_| busy())?.map_err(|_| busy())
}
