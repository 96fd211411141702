//! A real server and real clients, each client behind a proxy of its own, and faults that befall them.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use harness::cluster::{Cluster, Scratch};
use harness::judge::not_checked;
use harness::log::Log;
use harness::proxy::{Plane, Proxy, Way};
use harness::small_disk::SmallDisk;
use rustix::process::Signal;

use crate::fault::{Fault, Kind};

/// Intra-only, one thread, a container without numbers of chance: a frame's bytes are the same wherever the film was cut. The two
/// scalings are there to take time.
const PARAMS: &str = "-vf scale=1280:720:flags=lanczos,scale=320:180:flags=lanczos -c:v mjpeg -q:v 2 -threads 1 \
    -flags +bitexact -c:a aac";

/// Room for the pieces and the result, three times over.
const DISK_MEGABYTES: u32 = 100;

/// Where namespaces are not allowed the server's disk is the machine's, and never full.
pub fn disk_can_be_small() -> bool {
    static CAN: LazyLock<bool> = LazyLock::new(|| {
        let scratch = Scratch::new();
        let disk = SmallDisk::mount(&scratch.path().join("disk"), 1);
        disk.inspect_err(|why| not_checked("full disks", why)).is_ok()
    });
    *CAN
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Alive,
    Dead,
    /// Left as it was asked to.
    Left,
}

#[derive(Debug)]
struct Machine {
    proxy: Proxy,
    state: State,
}

/// A death or a silence, and the leases that somebody else must be given.
#[derive(Debug)]
pub struct Wound {
    pub kind: Kind,
    pub since: Instant,
    /// Empty for the server: then the mark is its first new lease or client.
    pub leases: Vec<String>,
}

#[derive(Debug)]
pub struct World {
    pub cluster: Cluster,
    machines: Vec<Machine>,
    /// Killed or stopped: no other fault befalls it meanwhile.
    server_is_down: bool,
    disk_is_full: bool,
    /// What those said who run no more.
    pub server_lives: Vec<Log>,
    pub client_lives: Vec<(usize, Log)>,
    pub wounds: Vec<Wound>,
}

impl World {
    pub fn start(clients: usize) -> Self {
        let required = clients.to_string();
        let flags = ["--required-clients", &required, "--max-retries", "99", "--retry-delay", "0"];
        let setup = Cluster::new().encode(PARAMS, ".mov").with(&flags);
        let setup = setup.disk(disk_can_be_small().then_some(DISK_MEGABYTES));
        let cluster = setup.start();
        let mut world = Self {
            cluster,
            machines: Vec::new(),
            server_is_down: false,
            disk_is_full: false,
            server_lives: Vec::new(),
            client_lives: Vec::new(),
            wounds: Vec::new(),
        };
        (0..clients).for_each(|_| world.join());
        world
    }

    fn join(&mut self) {
        let proxy = Proxy::before(self.cluster.ask.port());
        self.cluster.add_client_via(proxy.port(), &[]);
        proxy.start_recording();
        self.machines.push(Machine { proxy, state: State::Alive });
    }

    fn alive(&self) -> Vec<usize> {
        (0..self.machines.len()).filter(|n| self.machines[*n].state == State::Alive).collect()
    }

    /// The client that a fault befalls, if it may: somebody must go on working.
    fn victim(&self, fault: &Fault) -> Option<usize> {
        let alive = self.alive();
        let deadly = matches!(fault.kind, Kind::KillClient | Kind::ClientLeaves);
        let enough = alive.len() > usize::from(deadly);
        enough.then(|| alive[fault.client % alive.len()])
    }

    /// The client that it befell; nothing where it could not happen.
    pub fn begin(&mut self, fault: &Fault) -> Option<usize> {
        let on_server = matches!(fault.kind, Kind::KillServer | Kind::StopServer | Kind::FullDisk);
        // A server can't start on a full disk, so one of these at a time.
        if on_server && (self.server_is_down || self.disk_is_full) {
            return None;
        }
        if fault.kind == Kind::FullDisk && self.cluster.disk.is_none() {
            return None;
        }
        let victim = self.victim(fault)?;
        let proxy = self.machines[victim].proxy.clone();
        match fault.kind {
            Kind::KillServer => self.kill_server(),
            Kind::StopServer => {
                self.cluster.server.signal(Signal::STOP);
                self.server_is_down = true;
            }
            Kind::KillClient => self.kill_client(victim),
            Kind::StopClient => self.cluster.clients[victim].signal(Signal::STOP),
            Kind::CutAll => proxy.cut(&Plane::BOTH),
            Kind::CutControl => proxy.cut(&[Plane::Control]),
            Kind::CutBytes => proxy.cut(&[Plane::Bytes]),
            Kind::FlipSource => proxy.flip(Way::Down, 3),
            Kind::FlipPiece => proxy.flip(Way::Up, 3),
            Kind::HalfOpen => proxy.stall(&Plane::BOTH, &Way::BOTH),
            Kind::DeadWay(direction) => proxy.stall(&Plane::BOTH, &[direction.into()]),
            Kind::Throttle => proxy.throttle(&[Plane::Bytes], 200_000),
            Kind::Delay => proxy.delay(&Plane::BOTH, Duration::from_millis(100)),
            Kind::Refuse => {
                proxy.refuse(true);
                proxy.cut(&Plane::BOTH);
            }
            Kind::Replay => drop(std::thread::spawn(move || proxy.replay(Plane::Bytes))),
            Kind::ClientJoins => self.join(),
            Kind::FullDisk => self.fill_disk(true),
            Kind::ClientLeaves => {
                self.cluster.clients[victim].signal(Signal::TERM);
                self.machines[victim].state = State::Left;
            }
        }
        Some(victim)
    }

    /// The fault is over; `victim` as `begin` told.
    pub fn end(&mut self, fault: &Fault, victim: usize) {
        match fault.kind {
            Kind::KillServer => self.restart_server(),
            Kind::StopServer => {
                self.cluster.server.signal(Signal::CONT);
                self.server_is_down = false;
            }
            Kind::KillClient => {
                self.cluster.restart_client_via(victim, self.machines[victim].proxy.port());
                self.machines[victim].state = State::Alive;
            }
            Kind::FullDisk => self.fill_disk(false),
            // Killed meanwhile, it is no process any more.
            Kind::StopClient if self.machines[victim].state == State::Dead => {}
            Kind::StopClient => self.cluster.clients[victim].signal(Signal::CONT),
            Kind::ClientJoins | Kind::ClientLeaves | Kind::Replay => {}
            _ => self.machines[victim].proxy.go_on(),
        }
    }

    fn fill_disk(&mut self, full: bool) {
        let disk = self.cluster.disk.as_ref().expect("looked at before");
        if full {
            disk.fill()
        } else {
            disk.free()
        }
        self.disk_is_full = full;
        // Where not even the database has room the server ends, and whoever runs it starts it again.
        if !full && self.cluster.server.has_ended() {
            self.kill_server();
            self.restart_server();
        }
    }

    fn kill_server(&mut self) {
        self.cluster.kill_server();
        self.server_is_down = true;
        self.server_lives.push(self.cluster.server.log.clone());
    }

    fn restart_server(&mut self) {
        self.wounds.push(Wound { kind: Kind::KillServer, since: Instant::now(), leases: Vec::new() });
        self.cluster.restart_server();
        self.server_is_down = false;
    }

    fn kill_client(&mut self, victim: usize) {
        self.cluster.clients[victim].kill();
        let log = self.cluster.clients[victim].log.clone();
        let leases = held(&log);
        if !leases.is_empty() {
            self.wounds.push(Wound { kind: Kind::KillClient, since: Instant::now(), leases });
        }
        self.client_lives.push((victim, log));
        self.machines[victim].state = State::Dead;
    }

    /// What the server said, one log for each life, the present one last.
    pub fn server_logs(&self) -> Vec<Log> {
        self.server_lives.iter().chain([&self.cluster.server.log]).cloned().collect()
    }

    pub fn client_logs(&self) -> Vec<(usize, Log)> {
        let now = self.cluster.clients.iter().map(|client| client.log.clone()).enumerate();
        self.client_lives.iter().cloned().chain(now).collect()
    }
}

/// Leases that a client took and that did not end, as far as it said.
fn held(log: &Log) -> Vec<String> {
    let mut held = Vec::new();
    for line in log.lines() {
        let lease = crate::judges::lease(&line);
        if line.contains("INFO took ") {
            held.push(lease);
        } else if ["kept by the server", "dropped: ", "failed: "].iter().any(|mark| line.contains(mark)) {
            held.retain(|other| *other != lease);
        }
    }
    held
}
