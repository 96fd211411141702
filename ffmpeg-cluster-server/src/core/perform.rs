//! Effects → calls. Nothing here blocks: a call is a message put into a bounded queue, or work started in the background
//! whose outcome comes back as an event.

mod endings;
mod jobs;
mod task;
mod traced;

use std::collections::{BTreeMap, BTreeSet};

use ffmpeg_cluster_common::cluster::Published;
use ffmpeg_cluster_common::cluster::change::{Change, Memory};
use ffmpeg_cluster_common::cluster::effect::{Answer, Effect};
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, SessionNo, Ticket};
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::protocol::to_client::{ToClient, Welcome};
use tokio::sync::{mpsc, oneshot};

use self::jobs::Jobs;
use self::traced::Traced;
use super::incoming::{Core, Incoming};
use super::leases::{HeldLeases, LeaseChange, Leases};
use super::metrics::counts::Counts;
use super::metrics::heard::Heard;
use super::notice;
use super::telling::{self, Phases};
use crate::store::catalog::{Given, Told};
use crate::work::Runner;
use crate::work::check::Sent;

#[derive(Debug)]
pub(crate) struct Performer {
    boot: u32,
    sessions: BTreeMap<SessionNo, mpsc::Sender<ToClient>>,
    tickets: BTreeMap<Ticket, oneshot::Sender<Answer>>,
    /// With jobs that the next commit adds. What was given with a job that the core refused goes with the next commit, too.
    given: BTreeMap<JobId, Given>,
    next_ticket: u64,
    jobs: Jobs,
    leases: HeldLeases,
    /// Lease changes that are published with the next commit.
    uncommitted: Vec<LeaseChange>,
    committed: Leases,
    phases: Phases,
    heard: Heard,
    pub(crate) traced: Traced,
    pub(crate) counts: Counts,
}

impl Performer {
    pub(crate) fn new(core: Core, runner: Runner, memory: &Memory) -> Self {
        let mut performer = Self {
            boot: memory.boot,
            sessions: BTreeMap::new(),
            tickets: BTreeMap::new(),
            given: BTreeMap::new(),
            next_ticket: 1,
            leases: HeldLeases::default(),
            uncommitted: Vec::new(),
            committed: core.leases.clone(),
            phases: Phases::default(),
            heard: Heard::new(core.counts.clone(), memory),
            counts: core.counts.clone(),
            traced: Traced::new(runner.trace.clone(), memory),
            jobs: Jobs::new(core, runner, memory),
        };
        for job in &memory.jobs {
            for held in &job.leases {
                let (job, client) = (job.job.clone(), held.client.clone());
                performer.hear(LeaseChange::Given { lease: held.lease, job, client });
            }
        }
        performer.publish();
        performer
    }

    /// Registers the asker or the session, and returns the event, if the item is one.
    pub(crate) fn admit(&mut self, item: Incoming) -> Option<Event> {
        Some(match item {
            Incoming::Event(event) => {
                if let Event::ClientGone { session, .. } = &event {
                    self.sessions.remove(session);
                }
                self.phases.hear(&event, &self.leases);
                event
            }
            Incoming::Ask(question, answer) => question(self.ticket(answer)),
            Incoming::Submit { job, given, question, answer } => {
                self.given.insert(job, *given);
                question(self.ticket(answer))
            }
            Incoming::Session { session, outbox, event } => {
                self.sessions.insert(session, outbox);
                event
            }
            Incoming::Offer { session, offer } => {
                if self.leases.has(offer.lease) {
                    self.say(session, ToClient::Offer(offer));
                }
                return None;
            }
        })
    }

    fn ticket(&mut self, answer: oneshot::Sender<Answer>) -> Ticket {
        let ticket = Ticket(self.next_ticket);
        self.next_ticket += 1;
        self.tickets.insert(ticket, answer);
        ticket
    }

    /// Remembers the little that effects refer to.
    pub(crate) fn remember(&mut self, changes: &[Change]) {
        for change in changes {
            self.traced.hear(change);
            match change {
                Change::JobAdded { job, spec, at } => self.jobs.open(job, spec, *at),
                Change::Leased { job, lease, client, .. } => {
                    let (job, client) = (job.clone(), client.clone());
                    self.hear(LeaseChange::Given { lease: *lease, job, client });
                }
                Change::LeaseEnded { lease, .. } => self.hear(LeaseChange::Ended(*lease)),
                Change::PieceKept { job, piece } => {
                    self.hear(LeaseChange::Ended(piece.lease));
                    self.jobs.meet(job, piece);
                }
                Change::FilmKnown { job, .. } | Change::JobEnded { job, .. } => {
                    self.hear(LeaseChange::AllEnded(job.clone()));
                }
                Change::ClientSeen { client, name, .. } => self.jobs.name(client, name),
                Change::JobMoved { .. }
                | Change::ClientsWanted { .. }
                | Change::Placed { .. }
                | Change::Paused { .. }
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

    /// What is told with these changes. They are remembered already, so the owner of a new job is known.
    pub(crate) fn told(&mut self, changes: &[Change], published: Vec<Published>) -> Told {
        let moments = self.phases.ended(changes, &published);
        let (server, given) = (self.jobs.noted(), std::mem::take(&mut self.given));
        let mut told = Told { at: clock::wall(), events: Vec::new(), moments, server, given };
        self.heard.hear(changes, &published, &told);
        let owner = |told: &Published| told.job.as_ref().and_then(|job| self.jobs.owner(job));
        let events = published.into_iter().map(|told| {
            let owner = owner(&told);
            telling::event(told, owner)
        });
        told.events = events.collect();
        told
    }

    fn hear(&mut self, change: LeaseChange) {
        self.leases.hear(change.clone());
        self.uncommitted.push(change);
    }

    fn publish(&mut self) {
        self.committed.hear(self.uncommitted.drain(..));
    }

    pub(crate) fn perform(&mut self, effects: Vec<Effect>) {
        // Publish first: a client that is offered a lease asks for its bytes at once.
        self.publish();
        for effect in effects {
            self.carry_out(effect);
        }
        self.jobs.decode_seams();
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Index { job, by, one_piece } => self.jobs.index(&job, by, one_piece),
            Effect::Welcome { client, session, holding } => self.welcome(client, session, holding),
            Effect::Offer { session, promised, .. } => {
                if self.leases.has(promised.lease) {
                    self.jobs.offer(session, promised);
                }
            }
            Effect::Check { lease, job, segment, content, streams, piece } => {
                self.jobs.check(&job, Sent { lease, segment, content, streams, piece })
            }
            Effect::Audit { lease, job, range, spot } => self.jobs.audit(lease, &job, range, spot),
            Effect::DiscardPiece { lease, job } => self.jobs.discard(lease, job),
            Effect::Join { job } => self.jobs.join(&job),
            Effect::StopWork { job } => self.jobs.stop(&job),
            Effect::CleanJob { job, source } => self.jobs.clean(job, source),
            Effect::Say { session, message, .. } => {
                let is_last = matches!(message, ToClient::Refused { .. });
                self.say(session, message);
                if is_last {
                    // Dropping the outbox makes the writer send this last message and close.
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
            tracing::warn!(session = session.0, "a client does not read its messages; its session is closed");
            self.sessions.remove(&session);
        }
    }

    fn welcome(&mut self, client: ClientId, session: SessionNo, holding: Vec<LeaseId>) {
        let wanted: BTreeSet<String> = self.jobs.encoders();
        let welcome = Welcome {
            client_id: client,
            boot: self.boot,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            chunk_bytes: self.jobs.settings().chunk_bytes,
            wanted: wanted.into_iter().collect(),
            holding,
        };
        self.say(session, ToClient::Welcome(welcome));
    }
}
