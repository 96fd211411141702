//! Effects → calls. Nothing here blocks: a call is a message put into a bounded queue, or work started in the background
//! whose outcome comes back as an event.

mod traced;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ffmpeg_cluster_common::cluster::change::{Change, Memory, RememberedPiece};
use ffmpeg_cluster_common::cluster::effect::{Answer, Effect, Promised};
use ffmpeg_cluster_common::cluster::event::{Event, JobSpec, SourceAt};
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, SessionNo, Ticket, UploadId};
use ffmpeg_cluster_common::io::trace::Purpose;
use ffmpeg_cluster_common::io::{clock, crash};
use ffmpeg_cluster_common::media::plan::film::IndexedBy;
use ffmpeg_cluster_common::media::proof::report::Verify;
use ffmpeg_cluster_common::protocol::to_client::{ToClient, Welcome};
use ffmpeg_cluster_common::time::WallMillis;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use self::traced::Traced;
use crate::auth::leases::{Held, Word};
use crate::handle::{Handle, Inbox};
use crate::media::check::Sent;
use crate::media::neighbours::{Pair, Seams};
use crate::media::{self, Asked};
use crate::{housekeeping, notice};

/// Pieces looked at together, seams decoded before their join, and films joined together: more would only fight for one disk.
const CHECKS_MAX: usize = 2;
const SEAMS_MAX: usize = 1;
const JOINS_MAX: usize = 1;

/// What the body must know of a job to work on it.
#[derive(Debug, Clone)]
struct Desk {
    spec: Arc<JobSpec>,
    created_at: WallMillis,
    /// Ends everything that runs here for the job.
    stop: CancellationToken,
    /// All of that.
    at_work: TaskTracker,
    seams: Arc<Seams>,
}

#[derive(Debug)]
pub(crate) struct Performer {
    handle: Handle,
    boot: u32,
    sessions: BTreeMap<SessionNo, mpsc::Sender<ToClient>>,
    tickets: BTreeMap<Ticket, oneshot::Sender<Answer>>,
    next_ticket: u64,
    desks: BTreeMap<JobId, Desk>,
    names: BTreeMap<ClientId, String>,
    leases: Held,
    /// What the doors are told of leases with the next commit.
    uncommitted: Vec<Word>,
    checks: Arc<Semaphore>,
    seams: Arc<Semaphore>,
    joins: Arc<Semaphore>,
    /// Neighbours that are kept with the next commit.
    met: Vec<(JobId, Pair)>,
    pub(crate) traced: Traced,
}

impl Performer {
    pub(crate) fn new(handle: Handle, memory: &Memory) -> Self {
        let mut performer = Self {
            boot: memory.boot,
            sessions: BTreeMap::new(),
            tickets: BTreeMap::new(),
            next_ticket: 1,
            desks: BTreeMap::new(),
            names: memory.names.clone(),
            leases: Held::default(),
            uncommitted: Vec::new(),
            checks: Arc::new(Semaphore::new(CHECKS_MAX)),
            seams: Arc::new(Semaphore::new(SEAMS_MAX)),
            joins: Arc::new(Semaphore::new(JOINS_MAX)),
            met: Vec::new(),
            traced: Traced::new(handle.trace.clone(), memory),
            handle,
        };
        for job in &memory.jobs {
            performer.lay_desk(&job.job, &job.spec, job.created_at);
            for held in &job.leases {
                let (job, client) = (job.job.clone(), held.client.clone());
                performer.hear(Word::Given { lease: held.lease, job, client });
            }
        }
        performer.publish();
        performer
    }

    /// Puts whoever asks or connects on the books, and gives the event, if it is one.
    pub(crate) fn admit(&mut self, item: Inbox) -> Option<Event> {
        Some(match item {
            Inbox::Event(event) => {
                if let Event::ClientGone { session, .. } = &event {
                    self.sessions.remove(session);
                }
                event
            }
            Inbox::Ask(question, answer) => {
                let ticket = Ticket(self.next_ticket);
                self.next_ticket += 1;
                self.tickets.insert(ticket, answer);
                question(ticket)
            }
            Inbox::Session { session, outbox, event } => {
                self.sessions.insert(session, outbox);
                event
            }
            Inbox::Offer { session, offer } => {
                if self.leases.has(offer.lease) {
                    self.say(session, ToClient::Offer(offer));
                }
                return None;
            }
        })
    }

    /// Keeps the little that effects refer to.
    pub(crate) fn remember(&mut self, changes: &[Change]) {
        for change in changes {
            self.traced.hear(change);
            match change {
                Change::JobAdded { job, spec, at } => self.lay_desk(job, spec, *at),
                Change::Leased { job, lease, client, .. } => {
                    let (job, client) = (job.clone(), client.clone());
                    self.hear(Word::Given { lease: *lease, job, client });
                }
                Change::LeaseEnded { lease, .. } => self.hear(Word::Ended(*lease)),
                Change::PieceKept { job, piece } => {
                    self.hear(Word::Ended(piece.lease));
                    self.meet(job, piece);
                }
                Change::FilmKnown { job, .. } | Change::JobEnded { job, .. } => {
                    self.hear(Word::AllEnded(job.clone()));
                }
                Change::ClientSeen { client, name, .. } => {
                    drop(self.names.insert(client.clone(), name.clone()))
                }
                Change::JobMoved { .. }
                | Change::KeptToOneKind { .. }
                | Change::TrackGivenUp { .. }
                | Change::SpeedMeasured { .. }
                | Change::PieceDoubted { .. }
                | Change::Struck { .. }
                | Change::Forgiven { .. }
                | Change::StrikesTakenBack { .. }
                | Change::CrashesTold { .. } => {}
            }
        }
    }

    fn lay_desk(&mut self, job: &JobId, spec: &JobSpec, created_at: WallMillis) {
        let stop = self.handle.background.stop().child_token();
        let (spec, at_work, seams) = (Arc::new(spec.clone()), TaskTracker::new(), Arc::default());
        self.desks.insert(job.clone(), Desk { spec, created_at, stop, at_work, seams });
    }

    fn hear(&mut self, word: Word) {
        self.leases.hear(word.clone());
        self.uncommitted.push(word);
    }

    fn meet(&mut self, job: &JobId, piece: &RememberedPiece) {
        let Some(desk) = self.desks.get(job).filter(|desk| desk.spec.care.verify == Verify::Fast) else {
            return;
        };
        self.met.extend(desk.seams.keep(piece).into_iter().map(|pair| (job.clone(), pair)));
    }

    fn publish(&mut self) {
        self.handle.leases.hear(self.uncommitted.drain(..));
    }

    pub(crate) fn perform(&mut self, effects: Vec<Effect>) {
        self.publish();
        for effect in effects {
            self.one(effect);
        }
        for (job, pair) in std::mem::take(&mut self.met) {
            self.decode_seam(&job, pair);
        }
    }

    fn one(&mut self, effect: Effect) {
        match effect {
            Effect::Index { job, by, one_piece } => self.index(&job, by, one_piece),
            Effect::Welcome { client, session, holding } => self.welcome(client, session, holding),
            Effect::Offer { session, promised, .. } => self.offer(session, promised),
            Effect::Check { lease, job, segment, content, streams, piece } => {
                self.check(&job, Sent { lease, units: segment.units, content, streams, piece })
            }
            Effect::Audit { lease, job, range, spot } => self.audit(lease, &job, range, spot),
            Effect::DiscardPiece { lease, job } => self.discard(lease, job),
            Effect::Join { job } => self.join(&job),
            Effect::StopWork { job } => drop(self.desks.get(&job).map(|desk| desk.stop.cancel())),
            Effect::CleanJob { job, source } => self.clean(job, source),
            Effect::Say { session, message, .. } => {
                let is_last = matches!(message, ToClient::Refused { .. });
                self.say(session, message);
                if is_last {
                    // Dropping the outbox lets the writer say this last word and close.
                    self.sessions.remove(&session);
                }
            }
            Effect::SayDraining => {
                let all: Vec<SessionNo> = self.sessions.keys().copied().collect();
                all.into_iter().for_each(|session| self.say(session, ToClient::Draining));
            }
            Effect::Reply { ticket, answer } => {
                if let Some(waiting) = self.tickets.remove(&ticket) {
                    let _ = waiting.send(answer);
                }
            }
            Effect::Notice(notice) => notice::tell(notice),
        }
    }

    fn say(&mut self, session: SessionNo, message: ToClient) {
        let Some(outbox) = self.sessions.get(&session) else { return };
        if let Err(mpsc::error::TrySendError::Full(_)) = outbox.try_send(message) {
            tracing::warn!(
                session = session.0,
                "a client does not read what it is told; its session is closed"
            );
            self.sessions.remove(&session);
        }
    }

    fn welcome(&mut self, client: ClientId, session: SessionNo, holding: Vec<LeaseId>) {
        let welcome = Welcome {
            client_id: client,
            boot: self.boot,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            chunk_bytes: self.handle.settings.chunk_bytes,
            wanted: self.wanted(),
            holding,
        };
        self.say(session, ToClient::Welcome(welcome));
    }

    /// Encoders of the jobs at hand, and of the next that says nothing of its own.
    fn wanted(&self) -> Vec<String> {
        let jobs = self.desks.values().map(|desk| &desk.spec.profile);
        let default = self.handle.settings.profile();
        let profiles = jobs.chain(&default);
        let names = profiles.flat_map(|p| [Some(p.video.encoder.as_str()), p.sound_encoder()]).flatten();
        names.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn asked(&self, job: &JobId, purpose: Purpose) -> Option<Asked> {
        let desk = self.desks.get(job)?;
        Some(Asked {
            handle: self.handle.tracing(job, purpose),
            job: job.clone(),
            spec: desk.spec.clone(),
            stop: desk.stop.clone(),
            seams: desk.seams.clone(),
        })
    }

    /// Runs `work` in the background and sends the event that it comes to, unless the job was stopped.
    fn start(&self, name: &'static str, asked: Asked, work: impl Future<Output = Event> + Send + 'static) {
        let Some(desk) = self.desks.get(&asked.job) else { return };
        let span = tracing::info_span!("job", id = %asked.job);
        let run = async move {
            let event = work.await;
            if !asked.stop.is_cancelled() {
                asked.handle.send(event).await;
            }
        };
        drop(self.handle.background.spawn(name, desk.at_work.track_future(run.instrument(span))));
    }

    fn index(&self, job: &JobId, by: IndexedBy, one_piece: Option<String>) {
        let Some(asked) = self.asked(job, Purpose::Index) else { return };
        let (job, work) = (job.clone(), asked.clone());
        self.start("index", asked, async move {
            let _span = work.handle.trace.span(Purpose::Index);
            match media::index::index(&work, by, one_piece).await {
                Ok(film) => Event::Indexed { job, film: Box::new(film) },
                Err(fault) => Event::IndexFailed { job, fault, at: clock::wall() },
            }
        });
    }

    fn offer(&self, session: SessionNo, promised: Promised) {
        let Some(asked) = self.asked(&promised.job, Purpose::Other) else { return };
        let lease = promised.lease;
        if !self.leases.has(lease) {
            return;
        }
        drop(self.handle.background.spawn("offer", async move {
            let inbox = asked.handle.inbox.clone();
            let item = match media::offer::offer(&asked, promised).await {
                Ok(offer) => Inbox::Offer { session, offer: Box::new(offer) },
                Err(fault) => Inbox::Event(Event::OfferFailed { lease, fault }),
            };
            let _ = inbox.send(item).await;
        }));
    }

    fn check(&self, job: &JobId, sent: Sent) {
        let lease = sent.lease;
        let Some(mut asked) = self.asked(job, Purpose::Check) else { return };
        asked.handle.trace = asked.handle.trace.about("lease", &lease);
        let (work, room) = (asked.clone(), self.checks.clone());
        self.start("check", asked, async move {
            let _room = room.acquire().await;
            let _span = work.handle.trace.span(Purpose::Check);
            let result = media::check::check(&work, sent).await;
            Event::PieceChecked { lease, result, chance: chance() }
        });
    }

    fn audit(&self, lease: LeaseId, job: &JobId, range: FrameRange, spot: FrameRange) {
        let Some(mut asked) = self.asked(job, Purpose::Audit) else { return };
        asked.handle.trace = asked.handle.trace.about("lease", &lease);
        let (work, room) = (asked.clone(), self.checks.clone());
        self.start("audit", asked, async move {
            let _room = room.acquire().await;
            let _span = work.handle.trace.span(Purpose::Audit);
            let result = media::audit::audit(&work, lease, range, spot).await;
            Event::Audited { lease, result }
        });
    }

    fn decode_seam(&self, job: &JobId, pair: Pair) {
        let Some(asked) = self.asked(job, Purpose::SeamProof) else { return };
        let Some(desk) = self.desks.get(job) else { return };
        let room = self.seams.clone();
        let run = async move {
            let _room = room.acquire().await;
            media::seams::decode_ahead(&asked, &pair).await;
        };
        drop(self.handle.background.spawn("seam", desk.at_work.track_future(run)));
    }

    fn join(&self, job: &JobId) {
        let Some(asked) = self.asked(job, Purpose::Join) else { return };
        asked.seams.join();
        let created_at = self.desks.get(job).map_or(WallMillis(0), |desk| desk.created_at);
        let (work, room, names, job) = (asked.clone(), self.joins.clone(), self.names.clone(), job.clone());
        self.start("join", asked, async move {
            let _room = room.acquire().await;
            let _span = work.handle.trace.span(Purpose::Join);
            let joined = media::join::join(&work, &names, created_at).await;
            let at = clock::wall();
            match joined {
                Ok(report) => Event::Joined { job, report: Box::new(report), at },
                Err(fault) => Event::JoinFailed { job, fault, at },
            }
        });
    }

    fn discard(&self, lease: LeaseId, job: JobId) {
        let folders = self.handle.folders.clone();
        drop(self.handle.background.blocking(move || {
            for path in [folders.arriving(&job, lease), folders.piece(&job, lease)] {
                let _ = std::fs::remove_file(path);
            }
        }));
    }

    /// The desk goes too: nothing is done for an ended job any more. The upload's row went with the job's end.
    fn clean(&mut self, job: JobId, source: Option<UploadId>) {
        let at_work = self.desks.remove(&job).map(|desk| {
            desk.stop.cancel();
            desk.at_work.close();
            desk.at_work
        });
        let needed = |upload: &UploadId| {
            self.desks.values().any(|desk| desk.spec.source == SourceAt::Upload(upload.clone()))
        };
        let spent = source.filter(|upload| !needed(upload));
        let (folders, background) = (self.handle.folders.clone(), self.handle.background.clone());
        let run = async move {
            // What is stopped in the middle of a list writes it, and would do so into a folder that was cleaned.
            if let Some(at_work) = at_work {
                at_work.wait().await;
            }
            drop(background.blocking(move || {
                crash::point("server.cleaning.begun");
                housekeeping::clean_job(&folders, &job, spent.as_ref());
                crash::point("server.cleaning.ended");
            }));
        };
        drop(self.handle.background.spawn("clean", run));
    }
}

/// Decisions take it as an argument.
fn chance() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().1
}
