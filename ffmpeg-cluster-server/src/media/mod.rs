//! Runs what `common::media` wrote down, for one job each, and gives facts or a fault.

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod index;
pub(crate) mod join;
pub(crate) mod offer;
mod original;
pub(crate) mod probe;
mod prove;
mod report;
mod run;

use std::path::PathBuf;
use std::sync::Arc;

use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::ids::JobId;
use tokio_util::sync::CancellationToken;

use crate::folders::Folders;
use crate::handle::Handle;

/// What a run is for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) handle: Handle,
    pub(crate) job: JobId,
    pub(crate) spec: Arc<JobSpec>,
    /// Ends the run.
    pub(crate) stop: CancellationToken,
}

impl Asked {
    pub(crate) fn source_path(&self) -> PathBuf {
        source_path(&self.handle.folders, &self.spec)
    }
}

/// Where the bytes of a job's source are.
pub(crate) fn source_path(folders: &Folders, spec: &JobSpec) -> PathBuf {
    match &spec.source {
        SourceAt::LocalFile(path) => PathBuf::from(path),
        SourceAt::Upload(upload) => folders.upload(upload),
    }
}
