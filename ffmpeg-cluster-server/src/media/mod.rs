//! Runs what `common::media` wrote down, for one job each, and gives facts or a fault.

pub(crate) mod answers;
mod at_rest;
pub(crate) mod audit;
mod beginning;
mod bench;
pub(crate) mod blocks;
pub(crate) mod check;
mod count;
mod ear;
pub(crate) mod fault;
pub(crate) mod index;
pub(crate) mod join;
mod lipsync;
mod list;
mod listen;
mod look;
pub(crate) mod neighbours;
pub(crate) mod numbered;
pub(crate) mod offer;
pub(crate) mod original;
pub(crate) mod pack;
pub(crate) mod probe;
mod prove;
mod report;
pub(crate) mod run;
pub(crate) mod seams;
pub(crate) mod seen;
mod unlike;
mod warnings;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::process::Run;
use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::io::trace::{Purpose, Span};
use ffmpeg_cluster_common::media::command::examine::Probed;
use ffmpeg_cluster_common::media::command::{self, Command};
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::source::guard::Guard;
use tokio_util::sync::CancellationToken;

use self::neighbours::Seams;
use crate::handle::Handle;
use crate::roots::{self, Denied, Found};

/// What a run is for.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) handle: Handle,
    pub(crate) job: JobId,
    pub(crate) spec: Arc<JobSpec>,
    /// Ends the run.
    pub(crate) stop: CancellationToken,
    pub(crate) seams: Arc<Seams>,
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
        Guard::new(&source.format, self.handle.tools.capabilities.decoders.of(source.codecs()))
    }
    /// A run of a film that was probed.
    fn run_of<'a>(
        &self,
        film: impl Into<Input<'a>>,
        source: &Source,
        command: impl FnOnce(&Probed) -> Command,
    ) -> Run {
        let film = film.into();
        let probed = Probed { film: film.of_run(), guard: self.guard(source), pixels: source.pixels() };
        self.traced(Run::of(command(&probed), &self.handle.tools, film.held()))
    }
    /// A run of files that are ours.
    fn run(&self, command: Command) -> Run {
        self.traced(Run::of(command, &self.handle.tools, None))
    }
    /// A run that may hold the source.
    fn run_on(&self, film: &Opened, command: Command) -> Run {
        self.traced(Run::of(command, &self.handle.tools, Some(film)))
    }
    fn traced(&self, run: Run) -> Run {
        run.traced(&self.handle.trace)
    }
    /// The same for a part of the work whose programs have a purpose of their own.
    fn purposed(&self, purpose: Purpose) -> Self {
        let handle = Handle { trace: self.handle.trace.of(purpose), ..self.handle.clone() };
        Self { handle, ..self.clone() }
    }
    /// Bytes are digested while this is held.
    fn hashing(&self) -> Span {
        self.handle.trace.span(Purpose::Hash)
    }
}

/// What a run reads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Input<'a> {
    /// A file of ours, where nobody else writes.
    Ours(&'a Path),
    /// A source: what was opened and looked at.
    Opened(&'a Opened),
    /// The same, under a name of ours that leads to what was opened.
    Named { film: &'a Opened, link: &'a Path },
}

impl<'a> From<&'a Path> for Input<'a> {
    fn from(path: &'a Path) -> Self {
        Self::Ours(path)
    }
}
impl<'a> From<&'a PathBuf> for Input<'a> {
    fn from(path: &'a PathBuf) -> Self {
        Self::Ours(path)
    }
}
impl<'a> From<&'a Opened> for Input<'a> {
    fn from(opened: &'a Opened) -> Self {
        Self::Opened(opened)
    }
}

impl Input<'_> {
    /// As a run reads it.
    pub(crate) fn of_run(self) -> command::Input {
        match self {
            Self::Ours(path) => command::Input::File(path.to_owned()),
            Self::Opened(opened) => command::Input::Held(opened.address()),
            Self::Named { link, .. } => command::Input::Held(link.display().to_string()),
        }
    }
    /// What a run is handed.
    pub(crate) const fn held(&self) -> Option<&Opened> {
        match self {
            Self::Ours(_) => None,
            Self::Opened(opened) | Self::Named { film: opened, .. } => Some(opened),
        }
    }
    /// As the server knows it.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Ours(path) => path,
            Self::Opened(opened) | Self::Named { film: opened, .. } => opened.path(),
        }
    }
}

/// The bytes of a job's source. A path is of the media still, or it is not opened.
pub(crate) fn open_source(handle: &Handle, job: &JobId, spec: &JobSpec) -> Result<Found, Denied> {
    match &spec.source {
        SourceAt::LocalFile(path) => roots::open(&handle.settings.media_roots, Path::new(path)),
        SourceAt::Sequence(_) => ours(&handle.folders.packed(job)),
        SourceAt::Upload(upload) => ours(&handle.folders.upload(upload)),
    }
}

fn ours(path: &Path) -> Result<Found, Denied> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    Ok(Found { file, about, path: path.to_owned() })
}
