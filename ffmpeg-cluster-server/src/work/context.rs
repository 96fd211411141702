//! What runs are made with, and their purposes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ffmpeg_cluster_common::cluster::event::{JobSpec, SourceAt};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::process::Run;
use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::tools::Tools;
use ffmpeg_cluster_common::io::trace::{Purpose, Span, Trace};
use ffmpeg_cluster_common::media::command::Command;
use ffmpeg_cluster_common::media::command::examine::Probed;
use ffmpeg_cluster_common::media::plan::piece::StreamParams;
use ffmpeg_cluster_common::media::proof::probed::ProbedPiece;
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::source::guard::Guard;
use tokio_util::sync::CancellationToken;

use super::input::Input;
use super::known::FrameList;
use super::neighbours::Seams;
use super::noted::Noted;
use super::seen::ProbeCache;
use super::streams::Streams;
use crate::settings::Settings;
use crate::store::Store;
use crate::store::catalog::JobRow;
use crate::store::folders::Folders;
use crate::store::locks::Locks;
use crate::store::roots::{self, Denied, Found};

/// What a run needs: the programs, the files, and the trace. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Runner {
    pub(crate) settings: Arc<Settings>,
    pub(crate) tools: Arc<Tools>,
    pub(crate) store: Store,
    pub(crate) background: Background,
    /// Tagged with a job once the runner works for one.
    pub(crate) trace: Trace,
    /// The frame list in use, so that a long film's list is in memory only once.
    pub(super) frame_list: FrameList,
    /// Questions to ffmpeg under way, by the keys of their answers: of equal films that come together, one asks, and the others get
    /// its answer.
    pub(crate) asking: Locks<String>,
    /// First frames that the server encoded itself.
    pub(super) first_frames: Streams<StreamParams>,
    /// What ffprobe said of pieces, without their times, by their heads.
    pub(super) heads: Streams<ProbedPiece>,
    /// Sources that were probed lately.
    pub(super) seen: ProbeCache,
    pub(crate) noted: Noted,
}

impl Runner {
    pub(crate) fn new(settings: Arc<Settings>, tools: Tools, store: Store, background: Background) -> Self {
        Self {
            settings,
            tools: Arc::new(tools),
            store,
            background,
            trace: Trace::default(),
            frame_list: FrameList::default(),
            asking: Locks::default(),
            first_frames: Streams::default(),
            heads: Streams::default(),
            seen: ProbeCache::default(),
            noted: Noted::default(),
        }
    }

    pub(crate) fn traced(self, trace: Trace) -> Self {
        Self { trace, ..self }
    }

    /// For one job's work whose programs have this purpose.
    pub(crate) fn tracing(&self, job: &JobId, purpose: Purpose) -> Self {
        Self { trace: self.trace.about("job", job).of(purpose), ..self.clone() }
    }

    pub(crate) fn folders(&self) -> &Folders {
        &self.store.folders
    }
}

/// A job, and what its runs need.
#[derive(Debug, Clone)]
pub(crate) struct RunContext {
    pub(crate) runner: Runner,
    pub(crate) job: JobId,
    pub(crate) spec: Arc<JobSpec>,
    /// Ends the run.
    pub(crate) stop: CancellationToken,
    pub(crate) seams: Arc<Seams>,
}

impl RunContext {
    /// For somebody who looks at a job, open or ended.
    pub(crate) fn looking(runner: &Runner, row: &JobRow) -> Self {
        Self {
            runner: runner.tracing(&row.job, Purpose::Other),
            job: row.job.clone(),
            spec: Arc::new(row.spec.clone()),
            stop: runner.background.stop().child_token(),
            seams: Arc::default(),
        }
    }
    pub(crate) fn source_path(&self) -> PathBuf {
        match &self.spec.source {
            SourceAt::LocalFile(path) => PathBuf::from(path),
            SourceAt::Sequence(_) => self.runner.folders().packed(&self.job),
            SourceAt::Upload(upload) => self.runner.folders().upload(upload),
        }
    }
    /// Why the server's ffmpeg can't decode the result; None if it can, or need not because the picture is copied. Some builds encode AV1, but decode it only with a graphics card.
    pub(super) fn blind(&self) -> Option<String> {
        let profile = &self.spec.profile;
        if profile.copies_picture() {
            return None;
        }
        let codec = profile.video.codec();
        self.runner.tools.capabilities.lacks_decoder("the result's pictures are", codec)
    }
    /// The guard for reading a probed film.
    pub(crate) fn guard(&self, source: &Source) -> Guard {
        Guard::new(&source.format, self.runner.tools.capabilities.decoders.of(source.codecs()))
    }
    /// A run on a probed film.
    pub(super) fn run_of<'a>(
        &self,
        film: impl Into<Input<'a>>,
        source: &Source,
        command: impl FnOnce(&Probed) -> Command,
    ) -> Run {
        let film = film.into();
        let (guard, picture) = (self.guard(source), source.film_picture());
        let probed = Probed { film: film.of_run(), guard, picture, pixels: source.pixels() };
        self.traced(Run::of(command(&probed), &self.runner.tools, film.held()))
    }
    /// A run on files of ours.
    pub(super) fn run(&self, command: Command) -> Run {
        self.traced(Run::of(command, &self.runner.tools, None))
    }
    /// A run that may hold the source open.
    pub(super) fn run_on(&self, film: &Opened, command: Command) -> Run {
        self.traced(Run::of(command, &self.runner.tools, Some(film)))
    }
    pub(super) fn traced(&self, run: Run) -> Run {
        run.traced(&self.runner.trace)
    }
    /// The same context for a part of the work whose programs have a purpose of their own.
    pub(super) fn purposed(&self, purpose: Purpose) -> Self {
        let runner = Runner { trace: self.runner.trace.of(purpose), ..self.runner.clone() };
        Self { runner, ..self.clone() }
    }
    /// A span for hashing, for as long as it is held.
    pub(super) fn hashing(&self) -> Span {
        self.runner.trace.span(Purpose::Hash)
    }
}

/// Opens a job's source. A local path must still lie beneath a media root.
pub(crate) fn open_source(runner: &Runner, job: &JobId, spec: &JobSpec) -> Result<Found, Denied> {
    match &spec.source {
        SourceAt::LocalFile(path) => roots::open(&runner.settings.media_roots, Path::new(path)),
        SourceAt::Sequence(_) => ours(&runner.folders().packed(job)),
        SourceAt::Upload(upload) => ours(&runner.folders().upload(upload)),
    }
}

/// Opens a file of ours.
pub(super) fn ours(path: &Path) -> Result<Found, Denied> {
    let file = File::open(path)?;
    let about = file.metadata()?;
    Ok(Found { file, about, path: path.to_owned() })
}
