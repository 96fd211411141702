//! The core with machines that run by a clock of their own.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use ffmpeg_cluster_common::cluster::Cluster;
use ffmpeg_cluster_common::cluster::effect::{Effect, Effects};
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, SessionNo, Ticket};
use ffmpeg_cluster_common::media::plan::piece::SentPiece;
use ffmpeg_cluster_common::protocol::to_client::ToClient;
use ffmpeg_cluster_common::time::{Millis, WallMillis};

use super::machine::{HELD, Machine, START};
use super::samples::{film, hello, piece, settings, spec};

const AT: WallMillis = WallMillis(0);
/// From the last frame of a piece until the server has it and has checked it.
const SENDING: Millis = Millis(200);
const CHECKING: Millis = Millis(200);
/// When the films come, if a rehearsal was before.
const BEGUN_LATER: Millis = Millis(60_000);

#[derive(Debug, Clone, Copy)]
pub(crate) struct Films {
    pub(crate) many: usize,
    pub(crate) frames: u64,
}

impl Films {
    pub(crate) fn all_frames(self) -> u64 {
        self.many as u64 * self.frames
    }
}

pub(crate) struct Outcome {
    pub(crate) seconds: f64,
    pub(crate) pieces: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Comes(usize),
    Goes(usize),
    Beats(usize),
    Tells(usize, LeaseId),
    Done(usize, LeaseId),
    Sent(usize, LeaseId, u64),
    Checked(LeaseId, u64),
}

/// What a machine has been given.
#[derive(Default)]
struct Desk {
    /// The first one is being encoded.
    queue: VecDeque<(LeaseId, u64)>,
    begun: f64,
}

pub(crate) struct Farm {
    cluster: Cluster,
    machines: Vec<Machine>,
    desks: Vec<Desk>,
    ids: BTreeMap<ClientId, usize>,
    /// When the films came.
    begun: Millis,
    now: Millis,
    next: BinaryHeap<Reverse<(Millis, Next)>>,
    ended: usize,
    pieces: usize,
}

impl Farm {
    pub(crate) fn new(machines: &[Machine], films: Films, known: bool) -> Self {
        let mut farm = Self {
            cluster: Cluster::new(settings(), 1, Millis(0), AT),
            machines: machines.to_vec(),
            desks: machines.iter().map(|_| Desk::default()).collect(),
            ids: (0..machines.len()).map(|n| (id(n), n)).collect(),
            begun: Millis(0),
            now: Millis(0),
            next: BinaryHeap::new(),
            ended: 0,
            pieces: 0,
        };
        if known {
            farm.rehearse();
        }
        for (n, machine) in machines.iter().enumerate() {
            farm.at(machine.from(), Next::Comes(n));
            if machine.until().is_finite() {
                farm.at(machine.until(), Next::Goes(n));
            }
        }
        // Clients come in the order of their times, and those of time zero before the films.
        while farm.next.peek().is_some_and(|Reverse((at, _))| *at == farm.now) {
            farm.goes_on();
        }
        for number in 0..films.many {
            farm.submit(&format!("film-{number}"), films.frames);
        }
        farm
    }

    /// A short film for each machine alone, of the same kind of work, in no time.
    fn rehearse(&mut self) {
        for n in 0..self.machines.len() {
            self.comes(n);
            let (job, frames): (JobId, u64) = (format!("rehearsal-{n}").parse().unwrap(), 60);
            self.submit(job.as_str(), frames);
            while let Some((lease, frames)) = self.desks[n].queue.pop_front() {
                let encode_ms = (frames as f64 / self.machines[n].first_fps() * 1_000.0) as u64;
                self.step(Event::Encoded { client: id(n), lease, encode_ms, spent: None });
                self.sends(n, lease, frames);
                self.step(Event::PieceChecked { lease, result: Ok(piece(frames)), chance: 0 });
            }
            self.step(Event::ClientGone { client: id(n), session: self.session(n) });
        }
        self.next.clear();
        (self.ended, self.pieces) = (0, 0);
        // Their connections have been closed for longer than the server waits for them.
        (self.now, self.begun) = (BEGUN_LATER, BEGUN_LATER);
        self.step(Event::Tick);
    }

    fn submit(&mut self, name: &str, frames: u64) {
        let job: JobId = name.parse().unwrap();
        let (ticket, spec) = (Ticket(1), Box::new(spec()));
        self.step(Event::Submitted { ticket, job: job.clone(), spec, at: AT });
        self.step(Event::Indexed { job, film: Box::new(film(0, frames)) });
    }

    pub(crate) fn run(mut self) -> Outcome {
        let films = self.cluster.sizes().jobs;
        while self.ended < films {
            self.goes_on();
        }
        Outcome { seconds: self.seconds(), pieces: self.pieces }
    }

    fn at(&mut self, seconds: f64, next: Next) {
        self.next.push(Reverse((self.begun + Millis((seconds * 1_000.0) as u64), next)));
    }

    /// Seconds since the films came.
    fn seconds(&self) -> f64 {
        (self.now - self.begun).as_secs_f64()
    }

    fn session(&self, n: usize) -> SessionNo {
        SessionNo(self.begun.0 + n as u64)
    }

    fn goes_on(&mut self) {
        let due = self.cluster.deadline();
        let first = self.next.peek().map(|Reverse((at, _))| *at);
        if let Some(due) = due.filter(|due| first.is_none_or(|first| *due < first)) {
            self.now = due.max(self.now);
            return self.step(Event::Tick);
        }
        let Reverse((at, next)) = self.next.pop().expect("something happens");
        self.now = at.max(self.now);
        match next {
            Next::Comes(n) => self.comes(n),
            Next::Goes(n) => {
                self.desks[n].queue.clear();
                self.step(Event::ClientGone { client: id(n), session: self.session(n) });
            }
            Next::Beats(n) => {
                self.next.push(Reverse((self.now + Millis::secs(5), Next::Beats(n))));
                let (client, session) = (id(n), self.session(n));
                self.step(Event::Heard { client, session, free_disk: Some(1 << 40) });
            }
            Next::Tells(n, lease) => self.tells(n, lease),
            Next::Done(n, lease) => self.done(n, lease),
            Next::Sent(n, lease, frames) => self.sends(n, lease, frames),
            Next::Checked(lease, frames) => {
                self.step(Event::PieceChecked { lease, result: Ok(piece(frames)), chance: 0 });
            }
        }
    }

    fn comes(&mut self, n: usize) {
        let (client, session) = (id(n), self.session(n));
        let hello = Box::new(hello(&client));
        self.next.push(Reverse((self.now + Millis::secs(5), Next::Beats(n))));
        self.step(Event::ClientUp { client, session, hello, at: AT });
    }

    fn begin(&mut self, n: usize) {
        let Some((lease, frames)) = self.desks[n].queue.front().copied() else { return };
        let now = self.seconds();
        self.desks[n].begun = now + START;
        let done = self.machines[n].done(now, frames);
        self.at(done, Next::Done(n, lease));
        self.at(now + START + 0.5, Next::Tells(n, lease));
    }

    fn tells(&mut self, n: usize, lease: LeaseId) {
        let (desk, machine, now) = (&self.desks[n], self.machines[n], self.seconds());
        if desk.queue.front().is_none_or(|(first, _)| *first != lease) || now > machine.until() {
            return;
        }
        let frames = (machine.frames(desk.begun, now) as u64).saturating_sub(HELD);
        let fps = (frames as f64 / (now - desk.begun + START)) as f32;
        self.at(now + 0.5, Next::Tells(n, lease));
        self.step(Event::Progress { client: id(n), lease, frames, fps });
    }

    fn done(&mut self, n: usize, lease: LeaseId) {
        let Some(&(_, frames)) = self.desks[n].queue.front().filter(|(first, _)| *first == lease) else {
            return;
        };
        self.desks[n].queue.pop_front();
        let encode_ms = ((self.seconds() - self.desks[n].begun + START) * 1_000.0) as u64;
        self.step(Event::Encoded { client: id(n), lease, encode_ms, spent: None });
        self.next.push(Reverse((self.now + SENDING, Next::Sent(n, lease, frames))));
        self.begin(n);
    }

    fn sends(&mut self, n: usize, lease: LeaseId, frames: u64) {
        self.pieces += 1;
        let piece = SentPiece { bytes: frames, sha256: "0".repeat(64), ..SentPiece::default() };
        self.step(Event::PieceSent { client: id(n), lease, piece });
        self.next.push(Reverse((self.now + CHECKING, Next::Checked(lease, frames))));
    }

    fn step(&mut self, event: Event) {
        let mut out = Effects::default();
        self.cluster.step(self.now, event, &mut out);
        for effect in out.effects {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Offer { client, promised, .. } => {
                let n = self.ids[&client];
                self.desks[n].queue.push_back((promised.lease, promised.segment.units.len()));
                if self.desks[n].queue.len() == 1 {
                    self.begin(n);
                }
            }
            Effect::Say { client, message: ToClient::Revoke { lease, .. }, .. } => {
                let n = self.ids[&client];
                let was_first = self.desks[n].queue.front().is_some_and(|(first, _)| *first == lease);
                self.desks[n].queue.retain(|(held, _)| *held != lease);
                if was_first {
                    self.begin(n);
                }
            }
            Effect::Join { job } => {
                self.ended += 1;
                self.step(Event::Joined { job, report: Box::default(), at: AT });
            }
            _ => {}
        }
    }
}

fn id(n: usize) -> ClientId {
    format!("client-{n:05}").parse().unwrap()
}
