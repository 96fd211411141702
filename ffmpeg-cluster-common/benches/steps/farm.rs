//! Clients that encode by a clock of their own.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Duration;

use ffmpeg_cluster_common::cluster::Cluster;
use ffmpeg_cluster_common::cluster::effect::{Effect, Effects};
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, SessionNo, Ticket};
use ffmpeg_cluster_common::media::plan::piece::SentPiece;
use ffmpeg_cluster_common::protocol::to_client::ToClient;
use ffmpeg_cluster_common::time::{Millis, WallMillis};

use super::costs::Costs;
use super::health::Health;
use super::samples::{film, hello, piece, spec};

const AT: WallMillis = WallMillis(0);
/// One encode in so many fails.
const FAILS_EVERY: u64 = 500;
/// One report in so many is a client's last before it comes back with a new session.
const COMES_BACK_EVERY: u64 = 5_000;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Beats(ClientId),
    Tells(ClientId, LeaseId),
    Done(ClientId, LeaseId),
    Checked(LeaseId),
}

#[derive(Clone, Copy)]
struct Running {
    begun: Millis,
    frames: u64,
}

pub(crate) struct Farm {
    cluster: Cluster,
    health: Health,
    jobs: usize,
    now: Millis,
    speeds: BTreeMap<ClientId, f64>,
    sessions: BTreeMap<ClientId, SessionNo>,
    running: BTreeMap<LeaseId, Running>,
    frames: BTreeMap<LeaseId, u64>,
    next: BinaryHeap<Reverse<(Millis, Next)>>,
    last_session: u64,
    dice: u64,
    costs: Costs,
}

impl Farm {
    pub(crate) fn new(health: Health, clients: usize, jobs: usize) -> Self {
        let mut farm = Self {
            cluster: Cluster::new(health.settings(), 1, Millis(0), AT),
            health,
            jobs,
            now: Millis(0),
            speeds: BTreeMap::new(),
            sessions: BTreeMap::new(),
            running: BTreeMap::new(),
            frames: BTreeMap::new(),
            next: BinaryHeap::new(),
            last_session: 0,
            dice: 7,
            costs: Costs::default(),
        };
        for number in 0..clients {
            let client: ClientId = format!("client-{number:05}").parse().unwrap();
            farm.speeds.insert(client.clone(), 20.0 + (number % 97) as f64);
            farm.comes(&client);
            farm.next.push(Reverse((Millis(number as u64 % 5_000), Next::Beats(client))));
        }
        let frames = health.frames(clients, jobs);
        for number in 0..jobs {
            let job: JobId = format!("job-{number}").parse().unwrap();
            farm.step(Event::Submitted {
                ticket: Ticket(1),
                job: job.clone(),
                spec: Box::new(spec()),
                at: AT,
            });
            farm.step(Event::Indexed { job, film: Box::new(film(number, frames)) });
        }
        farm
    }

    pub(crate) fn run(mut self, steps: usize) -> Costs {
        // Until everybody encodes: the beginning is not what a farm does all day.
        for _ in 0..self.speeds.len() * 8 {
            self.goes_on();
        }
        self.costs = Costs::default();
        while self.costs.steps() < steps && self.cluster.sizes().jobs > 0 {
            self.goes_on();
        }
        self.check();
        self.costs
    }

    /// A farm in which jobs fail or nothing is kept would tell nothing.
    fn check(&self) {
        let sizes = self.cluster.sizes();
        if self.health == Health::Sick {
            return assert_eq!(sizes.jobs, 0, "jobs have not ended");
        }
        assert_eq!(sizes.jobs, self.jobs, "jobs have ended");
        assert!(sizes.kept > self.speeds.len(), "only {} pieces are kept", sizes.kept);
        assert!(sizes.leases >= self.speeds.len() * 9 / 10, "only {} leases", sizes.leases);
    }

    fn goes_on(&mut self) {
        let due = self.cluster.deadline();
        let Some(Reverse((at, _))) = self.next.peek() else { return self.ticks(due) };
        if due.is_some_and(|due| due < *at) {
            return self.ticks(due);
        }
        let Some(Reverse((at, next))) = self.next.pop() else { return };
        self.now = at.max(self.now);
        match next {
            Next::Beats(client) => self.beats(client),
            Next::Tells(client, lease) => self.tells(&client, lease),
            Next::Done(client, lease) => self.ends(&client, lease),
            Next::Checked(lease) => {
                let frames = self.frames.remove(&lease).unwrap_or(0);
                self.step(Event::PieceChecked { lease, result: Ok(piece(frames)), chance: 0 });
            }
        }
    }

    fn ticks(&mut self, due: Option<Millis>) {
        self.now = due.expect("a cluster with clients has timers").max(self.now);
        self.step(Event::Tick);
    }

    fn chance(&mut self, every: u64) -> bool {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33).is_multiple_of(every)
    }

    fn fails(&mut self, client: &ClientId) -> bool {
        let is_well = self.health == Health::Well || (self.speeds[client] as u64).is_multiple_of(10);
        if is_well { self.chance(FAILS_EVERY) } else { !self.chance(4) }
    }

    fn comes(&mut self, client: &ClientId) {
        self.last_session += 1;
        let session = SessionNo(self.last_session);
        self.sessions.insert(client.clone(), session);
        let hello = Box::new(hello(client));
        self.step(Event::ClientUp { client: client.clone(), session, hello, at: AT });
    }

    fn beats(&mut self, client: ClientId) {
        let session = self.sessions[&client];
        self.next.push(Reverse((self.now + Millis::secs(5), Next::Beats(client.clone()))));
        self.step(Event::Heard { client, session, free_disk: Some(1 << 40) });
    }

    fn tells(&mut self, client: &ClientId, lease: LeaseId) {
        let Some(Running { begun, frames }) = self.running.get(&lease).copied() else { return };
        let fps = self.speeds[client];
        let done = ((self.now - begun).as_secs_f64() * fps) as u64;
        if done >= frames {
            return;
        }
        self.next.push(Reverse((self.now + Millis::secs(1), Next::Tells(client.clone(), lease))));
        if self.chance(COMES_BACK_EVERY) {
            return self.comes(client);
        }
        self.step(Event::Progress { client: client.clone(), lease, frames: done, fps: fps as f32 });
    }

    fn ends(&mut self, client: &ClientId, lease: LeaseId) {
        let Some(running) = self.running.remove(&lease) else { return };
        if self.fails(client) {
            let fault = Fault::new(FaultCode::EncoderFailed, "it broke");
            return self.step(Event::LeaseFailed { client: client.clone(), lease, fault });
        }
        let (client, frames) = (client.clone(), running.frames);
        let encode_ms = (self.now - running.begun).0;
        self.frames.insert(lease, frames);
        self.next.push(Reverse((self.now + Millis(200), Next::Checked(lease))));
        self.step(Event::Encoded { client: client.clone(), lease, encode_ms, spent: None });
        let piece = SentPiece { bytes: frames, sha256: "0".repeat(64), ..SentPiece::default() };
        self.step(Event::PieceSent { client, lease, piece });
    }

    fn step(&mut self, event: Event) {
        let what = name(&event);
        let mut out = Effects::default();
        let begun = own_time();
        self.cluster.step(self.now, event, &mut out);
        self.costs.take(own_time() - begun, what);
        for effect in out.effects {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Offer { client, promised, .. } => {
                let (lease, range) = (promised.lease, promised.segment.units);
                let seconds = range.len() as f64 / self.speeds[&client];
                let done = self.now + Millis((seconds * 1000.0) as u64);
                self.running.insert(lease, Running { begun: self.now, frames: range.len() });
                self.next.push(Reverse((self.now + Millis::secs(1), Next::Tells(client.clone(), lease))));
                self.next.push(Reverse((done, Next::Done(client, lease))));
            }
            Effect::Say { message: ToClient::Revoke { lease, .. }, .. } => drop(self.running.remove(&lease)),
            Effect::Join { job } => {
                self.step(Event::Joined { job, report: Box::default(), at: AT });
            }
            _ => {}
        }
    }
}

/// Of this thread: what others do on the machine does not count.
#[cfg(unix)]
fn own_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap()
}

#[cfg(not(unix))]
fn own_time() -> Duration {
    static BEGUN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    BEGUN.get_or_init(std::time::Instant::now).elapsed()
}

fn name(event: &Event) -> &'static str {
    match event {
        Event::Submitted { .. } => "Submitted",
        Event::Indexed { .. } => "Indexed",
        Event::ClientUp { .. } => "ClientUp",
        Event::Heard { .. } => "Heard",
        Event::Progress { .. } => "Progress",
        Event::Encoded { .. } => "Encoded",
        Event::PieceSent { .. } => "PieceSent",
        Event::PieceChecked { .. } => "PieceChecked",
        Event::LeaseFailed { .. } => "LeaseFailed",
        Event::Joined { .. } => "Joined",
        _ => "Tick",
    }
}
