//! Runs what `common::media` wrote down, for one job each, and gives facts or a fault.

mod at_rest;
pub(crate) mod audit;
pub(crate) mod check;
mod count;
pub(crate) mod index;
pub(crate) mod join;
mod list;
mod listen;
pub(crate) mod numbered;
pub(crate) mod offer;
pub(crate) mod original;
pub(crate) mod pack;
pub(crate) mod probe;
mod prove;
mod report;
pub(crate) mod run;
mod unlike;

use std::fs::{File, Metadata};
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

use crate::handle::Handle;
use crate::roots::{self, Denied};

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
        match &self.spec.source {
            SourceAt::LocalFile(path) => PathBuf::from(path),
            SourceAt::Sequence(_) => self.handle.folders.packed(&self.job),
            SourceAt::Upload(upload) => self.handle.folders.upload(upload),
        }
    }
    /// How a film that was probed may be read.
    pub(crate) fn guard(&self, source: &Source) -> Guard {
        Guard::new(&source.format, self.handle.tools.known.decoders.of(source.codecs()))
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

/// The bytes of a job's source. A path is of the media still, or it is not opened.
pub(crate) fn open_source(handle: &Handle, job: &JobId, spec: &JobSpec) -> Result<(File, Metadata), Denied> {
    match &spec.source {
        SourceAt::LocalFile(path) => {
            let found = roots::open(&handle.settings.media_roots, Path::new(path))?;
            Ok((found.file, found.about))
        }
        SourceAt::Sequence(_) => ours(&handle.folders.packed(job)),
        SourceAt::Upload(upload) => ours(&handle.folders.upload(upload)),
    }
}

fn ours(path: &Path) -> Result<(File, Metadata), Denied> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    Ok((file, about))
}
