//! Clients that encode by a clock of their own.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt;
use std::time::Duration;

use ffmpeg_cluster_common::cluster::effect::{Effect, Effects};
use ffmpeg_cluster_common::cluster::event::{CheckedPiece, Event, JobSpec, SourceAt};
use ffmpeg_cluster_common::cluster::{Cluster, Settings};
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::Rational;
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, SessionNo, Ticket};
use ffmpeg_cluster_common::limits::PROTOCOL;
use ffmpeg_cluster_common::media::params;
use ffmpeg_cluster_common::media::plan::film::{Film, IndexedBy};
use ffmpeg_cluster_common::media::plan::track::{Content, Cuts, Track, WorkKind};
use ffmpeg_cluster_common::media::plan::work::{PieceFacts, SentPiece, StreamParams};
use ffmpeg_cluster_common::media::proof::report::Care;
use ffmpeg_cluster_common::media::words::container::Container;
use ffmpeg_cluster_common::protocol::to_client::ToClient;
use ffmpeg_cluster_common::protocol::to_server::Hello;
use ffmpeg_cluster_common::time::{Millis, WallMillis};

const AT: WallMillis = WallMillis(0);
/// So many hours of film that no run comes to its end.
const FRAMES: u64 = 100_000_000;
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
    pub(crate) fn new(clients: usize, jobs: usize) -> Self {
        let mut farm = Self {
            cluster: Cluster::new(settings(), 1, Millis(0), AT),
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
        for number in 0..jobs {
            let job: JobId = format!("job-{number}").parse().unwrap();
            farm.step(Event::Submitted {
                ticket: Ticket(1),
                job: job.clone(),
                spec: Box::new(spec()),
                at: AT,
            });
            farm.step(Event::Indexed { job, film: Box::new(film(number, FRAMES)) });
        }
        farm
    }

    pub(crate) fn run(mut self, steps: usize) -> Costs {
        // Until everybody encodes: the beginning is not what a farm does all day.
        for _ in 0..self.speeds.len() * 8 {
            self.goes_on();
        }
        self.costs = Costs::default();
        while self.costs.steps() < steps {
            self.goes_on();
        }
        self.check();
        self.costs
    }

    /// A farm in which jobs fail or nothing is kept would tell nothing.
    fn check(&self) {
        let sizes = self.cluster.sizes();
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
        if self.chance(FAILS_EVERY) {
            let fault = Fault::new(FaultCode::EncoderFailed, "it broke");
            return self.step(Event::LeaseFailed { client: client.clone(), lease, fault });
        }
        let (client, frames) = (client.clone(), running.frames);
        let encode_ms = (self.now - running.begun).0;
        self.frames.insert(lease, frames);
        self.next.push(Reverse((self.now + Millis(200), Next::Checked(lease))));
        self.step(Event::Encoded { client: client.clone(), lease, encode_ms });
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
        _ => "Tick",
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        max_retries: 3,
        retry_delay: Millis::secs(5),
        benchmark_secs: 10,
        audit_percent: 0,
        crashes_max: 2,
    }
}

pub(crate) fn spec() -> JobSpec {
    JobSpec {
        source: SourceAt::LocalFile("/a.mkv".into()),
        file_name: "a.mkv".into(),
        output_name: "b.mp4".into(),
        profile: params::parse(&params::words("-c:v libx264").unwrap(), Container::Mp4).unwrap(),
        params_text: String::new(),
        required_clients: 1,
        exactly: true,
        care: Care::default(),
        hw: Default::default(),
        owner: "local".into(),
    }
}

pub(crate) fn film(number: usize, frames: u64) -> Film {
    let pictures = Track {
        cuts: Cuts::Near((0..frames.min(2_500_000)).step_by(250).collect()),
        kind: Some(WorkKind(format!("libx264/medium/{}x720", 1280 + number % 10))),
        ..Track::new(Content::Picture, frames, vec!["libx264".into()])
    };
    Film { tracks: vec![pictures], frame_rate: Rational { num: 25, den: 1 }, indexed_by: IndexedBy::Packets }
}

pub(crate) fn hello(client: &ClientId) -> Hello {
    Hello {
        protocol: PROTOCOL,
        client_id: client.clone(),
        client_key: Default::default(),
        name: client.to_string(),
        version: "1".into(),
        ffmpeg_version: "5.1".into(),
        platform: "linux-x86_64".into(),
        cores: 8,
        memory_bytes: 1 << 34,
        free_disk: 1 << 40,
        encoders: ["libx264", "libx265", "aac", "libopus", "ffv1"].map(str::to_owned).to_vec(),
        devices: Vec::new(),
        decodes: Vec::new(),
        benchmark_secs: 10,
        holding: Vec::new(),
    }
}

pub(crate) fn piece(frames: u64) -> CheckedPiece {
    let facts = PieceFacts { frames, params: vec![params()], findings: Default::default(), encoder: None };
    CheckedPiece { bytes: frames * 1_000, sha256: "0".repeat(64), facts }
}

/// As ffprobe tells of a stream of x264's.
pub(crate) fn params() -> StreamParams {
    let looks = [("color_space", "bt709"), ("color_range", "tv"), ("field_order", "progressive")];
    StreamParams {
        codec: "h264".into(),
        width: 1280,
        height: 720,
        pix_fmt: "yuv420p".into(),
        time_base: Rational { num: 1, den: 25 },
        extradata: "0".repeat(64),
        looks: looks.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    }
}

/// What the steps took.
#[derive(Debug, Default)]
pub(crate) struct Costs {
    nanos: Vec<u64>,
    slowest: (u64, &'static str),
    /// How many, and how long together, by what came in.
    by_event: BTreeMap<&'static str, (u64, u64)>,
}

impl Costs {
    fn take(&mut self, time: Duration, what: &'static str) {
        let nanos = time.as_nanos() as u64;
        self.slowest = self.slowest.max((nanos, what));
        let of = self.by_event.entry(what).or_default();
        *of = (of.0 + 1, of.1 + nanos);
        self.nanos.push(nanos);
    }

    fn steps(&self) -> usize {
        self.nanos.len()
    }

    /// One line for each kind of event.
    pub(crate) fn by_event(&self) -> String {
        let mean = |(count, nanos): &(u64, u64)| *nanos as f64 / 1_000.0 / *count as f64;
        let line =
            |(what, of): (&&str, &(u64, u64))| format!("{what}: {} steps, {:.2} µs each", of.0, mean(of));
        self.by_event.iter().map(line).collect::<Vec<_>>().join("; ")
    }

    /// Microseconds.
    pub(crate) fn mean(&self) -> f64 {
        self.nanos.iter().sum::<u64>() as f64 / 1_000.0 / self.nanos.len().max(1) as f64
    }
}

impl fmt::Display for Costs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut sorted = self.nanos.clone();
        sorted.sort_unstable();
        let at = |part: f64| {
            sorted.get((sorted.len() as f64 * part) as usize).copied().unwrap_or(0) as f64 / 1_000.0
        };
        let above = sorted.iter().filter(|nanos| **nanos > 1_000_000).count();
        let (slowest, what) = (self.slowest.0 as f64 / 1_000.0, self.slowest.1);
        write!(
            f,
            "{} | {:.2} | {:.1} | {slowest:.0} | {above} | {what} |",
            self.nanos.len(),
            self.mean(),
            at(0.999)
        )
    }
}
