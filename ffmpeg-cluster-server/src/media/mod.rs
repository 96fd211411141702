//! Runs what `common::media` wrote down, for one job each, and gives facts or a fault.

pub(crate) mod check;
pub(crate) mod index;
pub(crate) mod join;
pub(crate) mod offer;
mod original;
pub(crate) mod probe;
mod prove;
mod report;
pub(crate) mod run;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::process::Run;
use ffmpeg_cluster_common::io::sandbox::Reach;
use ffmpeg_cluster_common::limits::memory_to_decode;
use ffmpeg_cluster_common::media::guard::Guard;
use ffmpeg_cluster_common::media::source::Source;
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
    /// How a film that was probed may be read.
    pub(crate) fn guard(&self, source: &Source) -> Guard {
        Guard::new(&source.format, self.handle.tools.decoders.of(source.codecs()))
    }
    /// A run that demuxes `file`.
    fn probe_run(&self, arguments: Vec<String>, file: &Path) -> Run {
        run::of(&self.handle.tools.ffprobe, arguments, Reach::nothing().reads(file))
    }
    /// A run that decodes `file`, whose pictures have so many pixels.
    fn decode_run(&self, arguments: Vec<String>, file: &Path, pixels: u64) -> Run {
        let reach = Reach::nothing().reads(file);
        run::of(&self.handle.tools.ffmpeg, arguments, reach).memory_at_most(memory_to_decode(pixels))
    }
}

/// Where the bytes of a job's source are.
pub(crate) fn source_path(folders: &Folders, spec: &JobSpec) -> PathBuf {
    match &spec.source {
        SourceAt::LocalFile(path) => PathBuf::from(path),
        SourceAt::Upload(upload) => folders.upload(upload),
    }
}
