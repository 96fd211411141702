//! A server, its clients, and everything that lies between them, on one virtual clock.

use std::collections::{BTreeMap, BTreeSet};

use ffmpeg_cluster_common::client::Event as Felt;
use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::ids::{JobId, SessionNo};
use ffmpeg_cluster_common::protocol::to_client::ToClient;
use ffmpeg_cluster_common::protocol::to_server::ToServer;
use ffmpeg_cluster_common::time::{Millis, WallMillis};

use crate::chance::Chance;
use crate::disk::Disk;
use crate::film::{Truth, Words};
use crate::machine::Machine;
use crate::mishap::{Mishap, Tally};
use crate::mix::Mix;
use crate::network::Network;
use crate::oracle::Oracle;
use crate::oracle::end::nothing_is_left;
use crate::oracle::perform::ENDS_WITHIN;
use crate::people::Person;
use crate::queue::{Coming, Queue};
use crate::server::{Inbox, Server};
use crate::trace;

/// Time for everybody to hear that all is over, and for every deadline to pass.
const SETTLES_IN: Millis = Millis::secs(150);
/// A history of so many events goes round in circles.
const EVENTS_MAX: u64 = 400_000;
/// A day in 2026, in milliseconds since 1970.
const WALL: u64 = 1_780_000_000_000;

pub(crate) struct World {
    pub(crate) chance: Chance,
    pub(crate) mix: Mix,
    pub(crate) now: Millis,
    pub(crate) queue: Queue,
    pub(crate) network: Network,
    pub(crate) server: Server,
    pub(crate) disk: Disk,
    pub(crate) disk_full_until: Millis,
    pub(crate) machines: Vec<Machine>,
    pub(crate) oracle: Oracle,
    pub(crate) tally: Tally,
    pub(crate) words: Words,
    pub(crate) films: Vec<Truth>,
    /// By the names under which they were submitted.
    pub(crate) truths: BTreeMap<JobId, Truth>,
    pub(crate) submitted: BTreeSet<usize>,
    pub(crate) jobs_named: u64,
    pub(crate) benches: u64,
    pub(crate) contents: u64,
    pub(crate) crowds: u64,
    pub(crate) troubles_over: bool,
    pub(crate) wall_ms: u64,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let mix = Mix::of(&mut chance);
        Self::with(chance, mix)
    }

    pub(crate) fn with(mut chance: Chance, mix: Mix) -> Self {
        let machines: Vec<_> =
            (0..mix.clients).map(|number| Machine::new(number, &mix, &mut chance)).collect();
        let films = (0..mix.jobs).map(|_| Truth::of(&mut chance, &mix)).collect();
        let mut world = Self {
            now: Millis(0),
            queue: Queue::default(),
            network: Network::new(mix.delay_ms),
            server: Server::default(),
            disk: Disk::default(),
            disk_full_until: Millis(0),
            machines,
            oracle: Oracle::default(),
            tally: Tally::of_one(),
            words: Words::new(),
            films,
            truths: BTreeMap::new(),
            submitted: BTreeSet::new(),
            jobs_named: 0,
            benches: 0,
            contents: 0,
            crowds: 0,
            troubles_over: false,
            wall_ms: WALL,
            chance,
            mix,
        };
        world.begin();
        world
    }

    fn begin(&mut self) {
        trace::line(self.now, || format!("{:?}", self.mix));
        self.queue.push(Millis(0), Coming::ServerStarts);
        for number in 0..self.machines.len() {
            let at = Millis(self.chance.below(5_000));
            self.queue.push(at, Coming::MachineStarts(number));
            if self.machines[number].has_odd_clock() {
                self.tally.count(Mishap::ClientClock);
            }
        }
        let vanish = self.mix.troubles.iter().any(|kind| matches!(kind, Mishap::ClientLost | Mishap::Hoard));
        // A job waits for as many as it wants, and a liar may be set aside for longer than a
        // history is.
        let most = if vanish { 1 } else { self.machines.len() as u64 - u64::from(self.mix.liar) };
        for film in 0..self.films.len() {
            let required_clients = 1 + self.chance.below(most) as u32;
            let at = Millis(self.chance.below(40_000));
            self.queue.push(at, Coming::Person(Person::Submits { film, required_clients }));
        }
        self.queue.push(self.mix.every, Coming::Trouble);
    }

    /// Until every job has ended; and then until everybody has heard of it.
    pub(crate) fn run(mut self) -> Tally {
        let last = self.mix.until + ENDS_WITHIN;
        while !self.is_over() {
            self.tick();
            assert!(self.now <= last, "it hangs: {}", self.state());
        }
        self.stop_troubles();
        let awake =
            self.machines.iter().map(|machine| machine.stopped_until.max(machine.cut_off_until)).max();
        let until = awake.unwrap_or_default().max(self.now) + SETTLES_IN;
        while self.now < until || !self.server.is_up() {
            self.tick();
        }
        let mind = self.server.mind.as_ref().expect("the loop above waits for it");
        nothing_is_left(&mind.sizes(), &self.machines);
        self.oracle.end(&self.disk.record, &self.truths, &self.mix);
        self.tally
    }

    fn is_over(&self) -> bool {
        let jobs = &self.disk.record.jobs;
        self.submitted.len() == self.films.len() && jobs.values().all(|job| job.known.state.is_final())
    }

    fn state(&self) -> String {
        let mind = self.server.mind.as_ref();
        let view = mind.map(|mind| mind.view(self.now - self.server.started));
        let jobs = view.iter().flat_map(|view| &view.jobs).map(|(id, job)| {
            let leases: Vec<String> = job
                .leases
                .iter()
                .map(|l| format!("{} {} {} {}", l.lease, l.client, l.segment, l.phase))
                .collect();
            format!("{id} {:?} {} [{}]", job.state, job.explain().join("; "), leases.join(", "))
        });
        jobs.collect::<Vec<_>>().join("; ")
    }

    pub(crate) fn wall(&self) -> WallMillis {
        WallMillis(self.wall_ms + self.now.0)
    }

    /// Whatever is due first: a thing on its way, or somebody's own deadline.
    pub(crate) fn tick(&mut self) {
        self.tally.events += 1;
        assert!(self.tally.events < EVENTS_MAX, "it goes round in circles: {}", self.state());
        let coming = self.queue.next();
        let server = self.server.deadline();
        let clients = self.machines.iter().filter_map(Machine::deadline).min();
        let due = [coming, server, clients].into_iter().flatten().min().expect("something always comes");
        self.now = self.now.max(due);
        if coming == Some(due) {
            let (order, what) = self.queue.pop().expect("looked at above");
            return self.happens(order, what);
        }
        if server == Some(due) {
            return self.turn();
        }
        if let Some(number) = self.machines.iter().position(|one| one.deadline() == Some(due)) {
            self.feel(number, Felt::Tick);
        }
    }

    /// The machine that a thing happens to, for those that stand still.
    fn whose(&self, what: &Coming) -> Option<usize> {
        match what {
            Coming::AtClient(session, _) | Coming::Connected(session) | Coming::ClientTold(session) => {
                self.network.lines.get(session)?.machine
            }
            Coming::Encodes(number, ..) | Coming::Uploads(number, ..) => Some(*number),
            _ => None,
        }
    }

    fn happens(&mut self, order: u64, what: Coming) {
        let stopped = self.whose(&what).map(|number| self.machines[number].stopped_until);
        if let Some(until) = stopped.filter(|until| *until > self.now) {
            return self.queue.put_off(until, order, what);
        }
        match what {
            Coming::AtServer(session, said) => self.at_server(session, *said),
            Coming::AtClient(session, said) => self.at_client(session, *said),
            Coming::Connected(session) => {
                if let Some(number) = self.network.lines[&session].machine {
                    self.connected(number, session);
                }
            }
            Coming::ClientTold(session) => self.client_told(session),
            Coming::ServerTold(session) => self.server_told(session),
            Coming::Turn(boot) if self.server.boot == boot && self.server.is_up() => self.turn(),
            Coming::Done(boot, job, what)
                if self.server.boot == boot && self.server.is_up() && self.server.desks.contains(&job) =>
            {
                self.background(job, *what);
            }
            Coming::ServerStarts => self.start_server(),
            Coming::ServerStops(boot) if self.server.boot == boot && self.server.is_up() => self.drained(),
            Coming::Encodes(number, bench, lease) => self.encodes(number, bench, lease),
            Coming::Uploads(number, bench, lease) => self.uploads(number, bench, lease),
            Coming::MachineStarts(number) => {
                if self.machines[number].mind.is_none() && !self.machines[number].gone {
                    self.machines[number].start(self.now);
                }
            }
            Coming::Person(person) => self.person(person),
            Coming::Trouble => self.trouble(),
            Coming::Turn(_) | Coming::Done(..) | Coming::ServerStops(_) => {}
        }
    }

    fn at_server(&mut self, session: SessionNo, said: ToServer) {
        if !self.server.is_up() || !self.network.comes_to_server(session, self.now) {
            return;
        }
        let client = self.network.lines[&session].client.clone();
        let free_disk = if let ToServer::Ping { free_disk } = said { Some(free_disk) } else { None };
        if free_disk.is_some() {
            self.send_to_client(session, ToClient::Pong);
        }
        let first = matches!(said, ToServer::Hello(_));
        if !first {
            self.arrives(Inbox::Event(Event::Heard { client: client.clone(), session, free_disk }));
        }
        let at = self.wall();
        let event = match said {
            ToServer::Hello(hello) => Event::ClientUp { client, session, hello: Box::new(hello), at },
            ToServer::Abilities { encoders, devices } => {
                Event::Abilities { client, session, encoders, devices }
            }
            ToServer::Progress { lease, frames, fps } => Event::Progress { client, lease, frames, fps },
            ToServer::Encoded { lease, encode_ms, spent, .. } => {
                Event::Encoded { client, lease, encode_ms, spent }
            }
            ToServer::PieceSent { lease, piece } => Event::PieceSent { client, lease, piece },
            ToServer::Failed { lease, fault } => Event::LeaseFailed { client, lease, fault },
            ToServer::Finishing { returned } => Event::Finishing { client, session, returned },
            ToServer::Leaving { .. } => Event::Leaving { client, session },
            ToServer::Ping { .. } => return,
        };
        self.arrives(Inbox::Event(event));
    }

    fn at_client(&mut self, session: SessionNo, said: ToClient) {
        let Some(number) = self.network.lines[&session].machine else { return };
        if self.machines[number].session == Some(session) && self.network.comes_to_client(session, self.now) {
            self.feel(number, Felt::Heard(said));
        }
    }

    pub(crate) fn client_told(&mut self, session: SessionNo) {
        let Some(line) = self.network.lines.get_mut(&session) else { return };
        line.client_up = false;
        if let Some(number) = line.machine.filter(|number| self.machines[*number].session == Some(session)) {
            self.feel(number, Felt::LinkDown { reason: "the line broke".into() });
        }
    }

    pub(crate) fn server_told(&mut self, session: SessionNo) {
        let Some(line) = self.network.lines.get_mut(&session).filter(|line| line.server_up) else { return };
        line.server_up = false;
        let client = line.client.clone();
        self.arrives(Inbox::Event(Event::ClientGone { client, session }));
    }
}
