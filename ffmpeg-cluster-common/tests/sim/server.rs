//! The server's process: its mind, and the driver's contract around it.
//! Take what has come, step, commit, and only then perform; the process may die between any two of
//! these.

use std::collections::{BTreeMap, BTreeSet};

use ffmpeg_cluster_common::cluster::change::Change;
use ffmpeg_cluster_common::cluster::effect::Effects;
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::cluster::{Cluster, Settings};
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, SessionNo, Ticket};
use ffmpeg_cluster_common::media::plan::piece::SentPiece;
use ffmpeg_cluster_common::protocol::to_client::{Offer, ToClient};
use ffmpeg_cluster_common::time::Millis;

use crate::mishap::Mishap;
use crate::oracle::Batch;
use crate::oracle::commit::Commit;
use crate::oracle::lies::honest_are_struck_for_wrong_measures_alone;
use crate::people::Person;
use crate::queue::Coming;
use crate::trace;
use crate::world::World;

/// The costly invariants are looked at in each turn at a time like this.
const CHECKED_ALL_EVERY: u64 = 8;

#[derive(Debug)]
pub(crate) enum Inbox {
    Event(Event),
    Asked(Person),
    /// An offer is ready to be said.
    Offer(SessionNo, Offer),
}

/// The process dies around the next commit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Doom {
    pub(crate) at: Mishap,
    /// The machine's power goes, not only the process.
    pub(crate) power: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Server {
    pub(crate) mind: Option<Cluster>,
    pub(crate) boot: u32,
    pub(crate) started: Millis,
    inbox: Vec<Inbox>,
    turn_set: bool,
    pub(crate) doom: Option<Doom>,
    /// Leases that are current, as the byte plane knows them.
    pub(crate) leases: BTreeMap<LeaseId, (JobId, ClientId)>,
    pub(crate) sessions: BTreeSet<SessionNo>,
    pub(crate) desks: BTreeSet<JobId>,
    pub(crate) checks: BTreeMap<LeaseId, SentPiece>,
    pub(crate) tickets: BTreeMap<Ticket, Person>,
    tickets_given: u64,
}

impl Server {
    pub(crate) fn is_up(&self) -> bool {
        self.mind.is_some()
    }
    pub(crate) fn deadline(&self) -> Option<Millis> {
        Some(self.mind.as_ref()?.deadline()? + self.started)
    }
    pub(crate) fn ticket(&mut self, person: Person) -> Ticket {
        self.tickets_given += 1;
        let ticket = Ticket(self.tickets_given);
        self.tickets.insert(ticket, person);
        ticket
    }
    fn remember(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::JobAdded { job, .. } => drop(self.desks.insert(job.clone())),
                Change::Leased { job, lease, client, .. } => {
                    self.leases.insert(*lease, (job.clone(), client.clone()));
                }
                Change::LeaseEnded { lease, .. } => drop(self.leases.remove(lease)),
                Change::PieceKept { piece, .. } => drop(self.leases.remove(&piece.lease)),
                Change::FilmKnown { job, .. } | Change::JobEnded { job, .. } => {
                    self.leases.retain(|_, (other, _)| other != job);
                }
                Change::PieceDoubted { .. } | Change::Struck { .. } | Change::Forgiven { .. } => {}
                Change::StrikesTakenBack { .. } => {}
                Change::JobMoved { .. } | Change::SpeedMeasured { .. } | Change::ClientSeen { .. } => {}
                Change::CrashesTold { .. } | Change::KeptToOneKind { .. } => {}
                Change::ClientsWanted { .. } | Change::Placed { .. } | Change::Paused { .. } => {}
                // Its leases were taken back before.
                Change::TrackGivenUp { .. } => {}
            }
        }
    }
}

impl World {
    pub(crate) fn start_server(&mut self) {
        if self.server.is_up() {
            return;
        }
        let memory = self.disk.load();
        let settings = Settings {
            max_retries: self.mix.max_retries,
            retry_delay: Millis::secs(1),
            benchmark_secs: 4,
            audit_percent: self.mix.audit_percent,
            crashes_max: self.mix.crashes_max,
        };
        self.server = Server { boot: memory.boot, started: self.now, ..Server::default() };
        for job in &memory.jobs {
            self.server.desks.insert(job.job.clone());
            let leases = job.leases.iter().map(|one| (one.lease, (job.job.clone(), one.client.clone())));
            self.server.leases.extend(leases);
        }
        trace::line(self.now, || format!("the server starts, boot {}", memory.boot));
        self.oracle.server_starts(&memory);
        let mut out = Effects::default();
        let wall = self.wall();
        let mind = Cluster::restore(settings, memory, Millis(0), wall, &mut out);
        mind.check();
        self.server.mind = Some(mind);
        self.carry_out(&Batch::default(), out);
    }

    /// Something for the driver; it looks soon.
    pub(crate) fn arrives(&mut self, item: Inbox) {
        if !self.server.is_up() {
            return;
        }
        self.server.inbox.push(item);
        if !std::mem::replace(&mut self.server.turn_set, true) {
            let after = Millis(self.chance.below(self.mix.batch_ms + 1));
            self.queue.push(self.now + after, Coming::Turn(self.server.boot));
        }
    }

    pub(crate) fn turn(&mut self) {
        self.server.turn_set = false;
        let now = self.now - self.server.started;
        let (mut out, mut batch) = (Effects::default(), self.oracle.listen(now));
        for item in std::mem::take(&mut self.server.inbox) {
            let Some(event) = self.admit(item) else { continue };
            trace::line(self.now, || format!("server <- {event:?}").chars().take(220).collect());
            self.oracle.hears(&mut batch, &event);
            let mind = self.server.mind.as_mut().expect("it takes turns only while it runs");
            mind.step(now, event, &mut out);
            mind.check();
        }
        let mind = self.server.mind.as_mut().expect("it takes turns only while it runs");
        mind.step(now, Event::Tick, &mut out);
        mind.check();
        // It takes ten times as long as the rest, and what it looks for stays so for many turns.
        if now.0.is_multiple_of(CHECKED_ALL_EVERY) {
            mind.check_all();
        }
        self.carry_out(&batch, out);
    }

    fn admit(&mut self, item: Inbox) -> Option<Event> {
        match item {
            Inbox::Event(event) => {
                match &event {
                    Event::ClientUp { session, .. } => drop(self.server.sessions.insert(*session)),
                    Event::ClientGone { session, .. } => drop(self.server.sessions.remove(session)),
                    _ => {}
                }
                Some(event)
            }
            Inbox::Asked(person) => Some(self.question(person)),
            Inbox::Offer(session, offer) => {
                if self.server.leases.contains_key(&offer.lease) {
                    self.server_says(session, ToClient::Offer(Box::new(offer)));
                }
                None
            }
        }
    }

    fn carry_out(&mut self, batch: &Batch, out: Effects) {
        let Effects { changes, effects } = out;
        let doom = if changes.is_empty() { None } else { self.server.doom.take() };
        let dies = |at| doom.filter(|doom| doom.at == at);
        if let Some(doom) = dies(Mishap::ServerCrashBefore) {
            return self.crash_server(doom.power);
        }
        for change in &changes {
            trace::line(self.now, || format!("  commit {change:?}").chars().take(200).collect());
        }
        self.oracle.commits(&Commit {
            batch,
            changes: &changes,
            effects: &effects,
            disk: &self.disk,
            max_retries: self.mix.max_retries,
            audit_percent: self.mix.audit_percent,
            crashes_max: self.mix.crashes_max,
            at: self.now,
        });
        if !changes.is_empty() {
            self.server.remember(&changes);
            self.disk.commit(changes);
            honest_are_struck_for_wrong_measures_alone(&self.disk.record, &self.machines, &self.truths);
        }
        if let Some(doom) = dies(Mishap::ServerCrashAfter) {
            return self.crash_server(doom.power);
        }
        let amid = dies(Mishap::ServerCrashAmid);
        let most = if amid.is_some() { self.chance.below(effects.len() as u64 + 1) } else { u64::MAX };
        for effect in effects.into_iter().take(usize::try_from(most).unwrap_or(usize::MAX)) {
            self.perform(effect);
        }
        if let Some(doom) = amid {
            self.crash_server(doom.power);
        }
    }

    /// The process is gone at once; its sockets with it, but nobody is told of a machine without
    /// power.
    pub(crate) fn crash_server(&mut self, power: bool) {
        trace::line(self.now, || format!("the server dies{}", if power { " with its machine" } else { "" }));
        if power {
            self.tally.count(Mishap::PowerCut);
            let (lost, torn) = self.disk.power_cut(&mut self.chance);
            if lost > 0 {
                self.tally.count(Mishap::TailLost);
            }
            if torn > 0 {
                self.tally.count(Mishap::TornUpload);
            }
            self.oracle.power_cut(&self.disk.record);
        }
        self.server_gone(power);
        let longest = if self.chance.one_in(8) { 40_000 } else { 6_000 };
        let after = 200 + self.chance.below(longest);
        self.queue.push(self.now + Millis(after), Coming::ServerStarts);
    }

    pub(crate) fn server_gone(&mut self, power: bool) {
        let dead = std::mem::take(&mut self.server);
        self.server.started = self.now;
        dead.tickets.into_values().for_each(|person| self.tries_again(person));
        for item in dead.inbox {
            if let Inbox::Asked(person) = item {
                self.tries_again(person);
            }
        }
        for session in self.network.sessions_at_server() {
            let line = self.network.lines.get_mut(&session).expect("listed above");
            line.server_up = false;
            let told = !power || self.chance.one_in(2);
            if told {
                let at = self.now + self.network.delay(&mut self.chance);
                self.queue.push(at, Coming::ClientTold(session));
            }
        }
    }

    /// What a session is told goes nowhere once the driver has let go of it.
    pub(crate) fn server_says(&mut self, session: SessionNo, said: ToClient) {
        if self.server.sessions.contains(&session) {
            self.send_to_client(session, said);
        }
    }

    pub(crate) fn send_to_client(&mut self, session: SessionNo, said: ToClient) {
        let at = self.now + self.network.delay(&mut self.chance);
        if let Some(at) = self.network.arrival_at_client(session, at) {
            self.queue.push(at, Coming::AtClient(session, Box::new(said)));
        }
    }
}
