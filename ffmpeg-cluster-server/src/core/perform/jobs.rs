//! The server's own work for each job, in the background. Each run ends in an event for the core.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ffmpeg_cluster_common::cluster::change::{Memory, RememberedPiece};
use ffmpeg_cluster_common::cluster::effect::Promised;
use ffmpeg_cluster_common::cluster::event::{Event, JobSpec};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, SessionNo};
use ffmpeg_cluster_common::io::trace::Purpose;
use ffmpeg_cluster_common::io::{clock, random};
use ffmpeg_cluster_common::media::plan::film::IndexedBy;
use ffmpeg_cluster_common::media::proof::report::Verify;
use ffmpeg_cluster_common::time::WallMillis;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::task::Task;
use crate::core::incoming::{Core, Incoming};
use crate::settings::Settings;
use crate::store::catalog::ServerSpan;
use crate::work::check::Sent;
use crate::work::fault::contained;
use crate::work::join::JoinRequest;
use crate::work::neighbours::{Pair, Seams};
use crate::work::{self, RunContext, Runner};

/// Pieces checked, seams decoded before their join, and films joined at a time: more would only compete for one disk.
const CHECKS_MAX: usize = 2;
const SEAMS_MAX: usize = 1;
const JOINS_MAX: usize = 1;

/// What work on a job needs to know of it.
#[derive(Debug, Clone)]
pub(super) struct OpenJob {
    pub(super) spec: Arc<JobSpec>,
    created_at: WallMillis,
    /// Ends all work that runs here for the job.
    pub(super) stop: CancellationToken,
    /// Tracks that work.
    pub(super) at_work: TaskTracker,
    seams: Arc<Seams>,
}

#[derive(Debug)]
pub(super) struct Jobs {
    core: Core,
    pub(super) runner: Runner,
    pub(super) open: BTreeMap<JobId, OpenJob>,
    names: BTreeMap<ClientId, String>,
    checks: Arc<Semaphore>,
    seams: Arc<Semaphore>,
    joins: Arc<Semaphore>,
    /// Neighbouring pieces, both kept with the next commit.
    met: Vec<(JobId, Pair)>,
}

impl Jobs {
    pub(super) fn new(core: Core, runner: Runner, memory: &Memory) -> Self {
        let mut jobs = Self {
            core,
            runner,
            open: BTreeMap::new(),
            names: memory.names.clone(),
            checks: Arc::new(Semaphore::new(CHECKS_MAX)),
            seams: Arc::new(Semaphore::new(SEAMS_MAX)),
            joins: Arc::new(Semaphore::new(JOINS_MAX)),
            met: Vec::new(),
        };
        memory.jobs.iter().for_each(|job| jobs.open(&job.job, &job.spec, job.created_at));
        jobs
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.runner.settings
    }

    pub(super) fn owner(&self, job: &JobId) -> Option<String> {
        self.open.get(job).map(|open| open.spec.owner.clone())
    }

    /// The server's own work that ended since the last call.
    pub(super) fn noted(&self) -> Vec<(JobId, ServerSpan)> {
        self.runner.noted.take()
    }

    pub(super) fn name(&mut self, client: &ClientId, name: &str) {
        self.names.insert(client.clone(), name.to_owned());
    }

    pub(super) fn open(&mut self, job: &JobId, spec: &JobSpec, created_at: WallMillis) {
        let stop = self.runner.background.stop().child_token();
        let (spec, at_work, seams) = (Arc::new(spec.clone()), TaskTracker::new(), Arc::default());
        self.open.insert(job.clone(), OpenJob { spec, created_at, stop, at_work, seams });
    }

    pub(super) fn meet(&mut self, job: &JobId, piece: &RememberedPiece) {
        // Seams of a ladder are decoded as players see them, in its media segments.
        let is_seen = |open: &&OpenJob| open.spec.care.verify == Verify::Fast && open.spec.ladder.is_none();
        let Some(open) = self.open.get(job).filter(is_seen) else { return };
        self.met.extend(open.seams.keep(piece).into_iter().map(|pair| (job.clone(), pair)));
    }

    /// The encoders of the open jobs, and of a job with default parameters.
    pub(super) fn encoders(&self) -> BTreeSet<String> {
        let jobs = self.open.values().map(|open| &open.spec.profile);
        let default = self.runner.settings.profile();
        let profiles = jobs.chain(&default);
        let names = profiles.flat_map(|p| [Some(p.video.encoder.as_str()), p.sound_encoder()]).flatten();
        names.map(str::to_owned).collect()
    }

    fn context(&self, job: &JobId, purpose: Purpose) -> Option<RunContext> {
        let open = self.open.get(job)?;
        Some(RunContext {
            runner: self.runner.tracing(job, purpose),
            job: job.clone(),
            spec: open.spec.clone(),
            stop: open.stop.clone(),
            seams: open.seams.clone(),
        })
    }

    /// [`context`](Self::context), for work on one lease.
    fn context_of(&self, lease: LeaseId, job: &JobId, purpose: Purpose) -> Option<RunContext> {
        let mut context = self.context(job, purpose)?;
        context.runner.trace = context.runner.trace.about("lease", &lease);
        Some(context)
    }

    /// Runs `work` in the background and sends its event, unless the job was stopped.
    fn start(&self, task: Task, context: &RunContext, work: impl Future<Output = Event> + Send + 'static) {
        let Some(open) = self.open.get(&context.job) else { return };
        let (core, stop, trace) = (self.core.clone(), open.stop.clone(), context.runner.trace.clone());
        let (noted, job, name) = (self.runner.noted.clone(), context.job.clone(), task.name);
        let run = async move {
            // The span starts after the wait for a turn: waiting is no work.
            let _turn = match &task.turns {
                Some(turns) => turns.acquire().await.ok(),
                None => None,
            };
            let event = {
                let _span = trace.span(task.purpose);
                // Noted before the event is sent, so that the commit of what it means has it.
                let _noted = task.is_noted().then(|| noted.begin(&job, task.name));
                work.await
            };
            if !stop.is_cancelled() {
                core.send(event).await;
            }
        };
        let run = run.instrument(tracing::info_span!("job", id = %context.job));
        drop(self.runner.background.spawn(name, open.at_work.track_future(run)));
    }

    pub(super) fn index(&self, job: &JobId, by: IndexedBy, one_piece: Option<String>) {
        let Some(context) = self.context(job, Purpose::Index) else { return };
        let (job, run) = (job.clone(), context.clone());
        self.start(Task { name: "index", purpose: Purpose::Index, turns: None }, &context, async move {
            match contained(work::index::index(&run, by, one_piece)).await {
                Ok(film) => Event::Indexed { job, film: Box::new(film) },
                Err(fault) => Event::IndexFailed { job, fault, at: clock::wall() },
            }
        });
    }

    pub(super) fn offer(&self, session: SessionNo, promised: Promised) {
        let Some(context) = self.context(&promised.job, Purpose::Other) else { return };
        let (lease, incoming) = (promised.lease, self.core.incoming.clone());
        drop(self.runner.background.spawn("offer", async move {
            let item = match contained(work::offer::offer(&context, promised)).await {
                Ok(offer) => Incoming::Offer { session, offer: Box::new(offer) },
                Err(fault) => Incoming::Event(Event::OfferFailed { lease, fault }),
            };
            let _ = incoming.send(item).await;
        }));
    }

    pub(super) fn check(&self, job: &JobId, sent: Sent) {
        let lease = sent.lease;
        let Some(context) = self.context_of(lease, job, Purpose::Check) else { return };
        let (run, turns) = (context.clone(), Some(self.checks.clone()));
        self.start(Task { name: "check", purpose: Purpose::Check, turns }, &context, async move {
            let result = contained(work::check::check(&run, sent)).await;
            Event::PieceChecked { lease, result, chance: random::number().into() }
        });
    }

    pub(super) fn audit(&self, lease: LeaseId, job: &JobId, range: FrameRange, spot: FrameRange) {
        let Some(context) = self.context_of(lease, job, Purpose::Audit) else { return };
        let (run, turns) = (context.clone(), Some(self.checks.clone()));
        self.start(Task { name: "audit", purpose: Purpose::Audit, turns }, &context, async move {
            let result = contained(work::audit::audit(&run, lease, range, spot)).await;
            Event::Audited { lease, result }
        });
    }

    /// Decodes the seams of the neighbours that the last commit completed.
    pub(super) fn decode_seams(&mut self) {
        for (job, pair) in std::mem::take(&mut self.met) {
            self.decode_seam(&job, pair);
        }
    }

    fn decode_seam(&self, job: &JobId, pair: Pair) {
        let Some(context) = self.context(job, Purpose::SeamProof) else { return };
        let Some(open) = self.open.get(job) else { return };
        let turns = self.seams.clone();
        let run = async move {
            let _turn = turns.acquire().await;
            work::seams::decode_ahead(&context, &pair).await;
        };
        drop(self.runner.background.spawn("seam", open.at_work.track_future(run)));
    }

    pub(super) fn join(&self, job: &JobId) {
        let Some(context) = self.context(job, Purpose::Join) else { return };
        context.seams.join();
        let created_at = self.open.get(job).map_or(WallMillis(0), |open| open.created_at);
        let (run, incoming) = (context.clone(), self.core.incoming.clone());
        let (turns, names, job) = (Some(self.joins.clone()), self.names.clone(), job.clone());
        self.start(Task { name: "join", purpose: Purpose::Join, turns }, &context, async move {
            // If the driver is too busy for this event, the next one will do.
            let tell = |done| {
                let event = Event::JoinProgress { job: job.clone(), done };
                drop(incoming.try_send(Incoming::Event(event)));
            };
            let request = JoinRequest { names: &names, created_at, tell: &tell };
            let joined = contained(work::join::join(&run, request)).await;
            let at = clock::wall();
            match joined {
                Ok(report) => Event::Joined { job, report: Box::new(report), at },
                Err(fault) => Event::JoinFailed { job, fault, at },
            }
        });
    }
}
