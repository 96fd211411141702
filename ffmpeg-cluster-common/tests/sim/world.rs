//! A server, its clients, and everything that lies between them.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::client::{self, Client, Effect as Done, Event as Felt, MadePiece};
use ffmpeg_cluster_common::cluster::effect::{Effect, Effects, Share};
use ffmpeg_cluster_common::cluster::event::{CheckedPiece, Event, JobSpec, SourceAt};
use ffmpeg_cluster_common::cluster::{Cluster, Settings};
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::{FrameRange, Rational};
use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId, SessionNo, Ticket};
use ffmpeg_cluster_common::media::container::Container;
use ffmpeg_cluster_common::media::film::{Film, IndexedBy, WorkKind};
use ffmpeg_cluster_common::media::profile;
use ffmpeg_cluster_common::media::work::{
    Cut, PieceFacts, ResultWindow, SentPiece, SoundWork, SourceRef, Window, Work,
};
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::protocol::to_client::{Offer, ToClient, Welcome};
use ffmpeg_cluster_common::protocol::to_server::{Hello, ToServer};
use ffmpeg_cluster_common::time::{Millis, WallMillis};

use crate::catalog::Catalog;
use crate::chance::Chance;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Faults {
    pub(crate) client_crashes: bool,
    pub(crate) cuts: bool,
    pub(crate) server_crashes: bool,
    pub(crate) bad_pieces: bool,
}

const CLIENTS: usize = 4;
const JOBS: u64 = 3;
/// A history that is not over after so many steps hangs.
const STEPS_MAX: u64 = 60_000;
/// No fault begins after this, so that every history can end.
const FAULTS_UNTIL: Millis = Millis::secs(300);
const WALL: WallMillis = WallMillis(5);

/// Things on their way.
#[derive(Debug)]
enum Coming {
    ToServer(usize, SessionNo, ToServer),
    ToClient(usize, SessionNo, Box<ToClient>),
    LinkUp(usize, SessionNo),
    LinkDown(usize, SessionNo),
    SessionEnds(usize, SessionNo),
    Server(Box<Event>),
    /// Something that a client's own ffmpeg or transfer came to; the number is the client's life.
    Client(usize, u64, Felt),
    ClientStarts(usize),
    ServerStarts,
}

struct Machine {
    mind: Option<Client>,
    life: u64,
    session: Option<SessionNo>,
    fps: u64,
    offers: BTreeMap<LeaseId, u64>,
}

pub(crate) struct World {
    chance: Chance,
    faults: Faults,
    now: Millis,
    order: u64,
    coming: BTreeMap<(Millis, u64), Coming>,
    server: Option<Cluster>,
    catalog: Catalog,
    machines: Vec<Machine>,
    sessions: u64,
    /// Pieces that were said to be kept, which nobody may encode again.
    acknowledged: BTreeMap<LeaseId, Option<FrameRange>>,
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: String) -> T {
    text.parse().expect("a plain name")
}

impl World {
    pub(crate) fn new(seed: u64, faults: Faults) -> Self {
        let mut chance = Chance::new(seed);
        let machine = |chance: &mut Chance| Machine {
            mind: None,
            life: 0,
            session: None,
            fps: 5 + chance.below(100),
            offers: BTreeMap::new(),
        };
        let machines = (0..CLIENTS).map(|_| machine(&mut chance)).collect();
        let mut world = Self {
            chance,
            faults,
            now: Millis(0),
            order: 0,
            coming: BTreeMap::new(),
            server: None,
            catalog: Catalog::default(),
            machines,
            sessions: 0,
            acknowledged: BTreeMap::new(),
        };
        world.later(0, Coming::ServerStarts);
        for number in 0..CLIENTS {
            let after = world.chance.below(5_000);
            world.later(after, Coming::ClientStarts(number));
        }
        for number in 0..JOBS {
            let after = 1_000 + world.chance.below(60_000);
            let event = submitted(number, 1 + world.chance.below(3) as u32);
            world.later(after, Coming::Server(Box::new(event)));
        }
        world
    }

    fn later(&mut self, after_ms: u64, what: Coming) {
        self.order += 1;
        self.coming.insert((self.now + Millis(after_ms), self.order), what);
    }

    /// Until every job has ended, and nobody may lose anything on the way.
    pub(crate) fn run(mut self) {
        for _ in 0..STEPS_MAX {
            self.tick();
            if self.catalog.jobs.len() as u64 == JOBS
                && self.catalog.jobs.values().all(|job| job.state.is_final())
            {
                return self.judge();
            }
            self.maybe_fault();
        }
        let states: Vec<_> = self.catalog.jobs.values().map(|job| job.state).collect();
        let view = self.server.as_ref().map(|server| server.view(self.now));
        panic!("it hangs at {:?}: {states:?} {:?}", self.now, view.map(|v| v.jobs));
    }

    /// Whatever is due first: a thing on its way, or somebody's own deadline.
    fn tick(&mut self) {
        let coming = self.coming.first_key_value().map(|((at, _), _)| *at);
        let server = self.server.as_ref().and_then(Cluster::deadline);
        let clients =
            self.machines.iter().filter_map(|machine| machine.mind.as_ref().map(Client::deadline)).min();
        let due = [coming, server, clients].into_iter().flatten().min().expect("something always comes");
        self.now = self.now.max(due);
        if coming == Some(due) {
            let (_, what) = self.coming.pop_first().expect("looked at above");
            return self.happen(what);
        }
        if server == Some(due) {
            return self.serve(Event::Tick);
        }
        let late = |m: &Machine| m.mind.as_ref().is_some_and(|mind| mind.deadline() == due);
        if let Some(number) = self.machines.iter().position(late) {
            self.feel(number, Felt::Tick);
        }
    }

    fn maybe_fault(&mut self) {
        if self.now > FAULTS_UNTIL || !self.chance.one_in(60) {
            return;
        }
        let number = self.chance.below(CLIENTS as u64) as usize;
        if self.faults.client_crashes && self.chance.one_in(3) {
            self.crash_client(number);
        } else if self.faults.cuts && self.chance.one_in(2) {
            self.cut(number);
        } else if self.faults.server_crashes {
            self.crash_server();
        }
    }

    fn crash_client(&mut self, number: usize) {
        let machine = &mut self.machines[number];
        machine.mind = None;
        machine.life += 1;
        machine.offers.clear();
        if let Some(session) = machine.session.take() {
            self.later(5, Coming::SessionEnds(number, session));
        }
        let after = 500 + self.chance.below(20_000);
        self.later(after, Coming::ClientStarts(number));
    }

    fn cut(&mut self, number: usize) {
        if let Some(session) = self.machines[number].session.take() {
            let (here, there) = (self.chance.below(3_000), self.chance.below(20_000));
            self.later(here, Coming::LinkDown(number, session));
            self.later(there, Coming::SessionEnds(number, session));
        }
    }

    fn crash_server(&mut self) {
        self.server = None;
        for number in 0..CLIENTS {
            if let Some(session) = self.machines[number].session.take() {
                self.later(5, Coming::LinkDown(number, session));
            }
        }
        let after = 200 + self.chance.below(8_000);
        self.later(after, Coming::ServerStarts);
    }

    fn happen(&mut self, what: Coming) {
        match what {
            Coming::ToServer(number, session, said) if self.machines[number].session == Some(session) => {
                if let Some(event) = self.heard(number, session, said) {
                    self.serve(event);
                }
            }
            Coming::ToClient(number, session, said) if self.machines[number].session == Some(session) => {
                self.feel(number, Felt::Heard(*said));
            }
            Coming::LinkUp(number, session) if self.machines[number].session == Some(session) => {
                self.feel(number, Felt::LinkUp);
            }
            Coming::LinkDown(number, session)
                if self.machines[number].session.is_none_or(|now| now == session) =>
            {
                self.machines[number].session = None;
                self.feel(number, Felt::LinkDown { reason: "cut".into() });
            }
            Coming::SessionEnds(number, session) => {
                self.serve(Event::ClientGone { client: name(number), session })
            }
            Coming::Server(event) => self.serve(*event),
            Coming::Client(number, life, felt) if self.machines[number].life == life => {
                self.feel(number, felt)
            }
            Coming::ClientStarts(number) if self.machines[number].mind.is_none() => {
                let settings = client::Settings { reconnect_delay: Millis::secs(3), persistent: true };
                self.machines[number].mind = Some(Client::new(settings, hello(number), self.now));
            }
            Coming::ServerStarts => self.start_server(),
            Coming::ToServer(..)
            | Coming::ToClient(..)
            | Coming::LinkUp(..)
            | Coming::LinkDown(..)
            | Coming::Client(..)
            | Coming::ClientStarts(_) => {}
        }
    }

    fn start_server(&mut self) {
        if self.server.is_some() {
            return;
        }
        let settings = Settings { max_retries: 1_000, retry_delay: Millis::secs(1), benchmark_secs: 4 };
        let mut out = Effects::default();
        let cluster = Cluster::restore(settings, self.catalog.load(), self.now, WALL, &mut out);
        cluster.check();
        self.server = Some(cluster);
        self.carry_out(out);
    }

    /// One event through the driver's contract: step, commit, perform; and a crash may come in between.
    fn serve(&mut self, event: Event) {
        let Some(server) = &mut self.server else {
            // What was asked for while the server was away is asked again.
            if matches!(event, Event::Submitted { .. }) {
                self.later(2_000, Coming::Server(Box::new(event)));
            }
            return;
        };
        let again = matches!(event, Event::Submitted { .. }).then(|| event.clone());
        let mut out = Effects::default();
        server.step(self.now, event, &mut out);
        server.check();
        let crash = self.faults.server_crashes && self.now < FAULTS_UNTIL && self.chance.one_in(400);
        if crash && self.chance.one_in(2) {
            if let Some(event) = again {
                self.later(2_000, Coming::Server(Box::new(event)));
            }
            return self.crash_server();
        }
        if crash {
            self.catalog.commit(&out.changes);
            return self.crash_server();
        }
        self.carry_out(out);
    }

    fn carry_out(&mut self, out: Effects) {
        self.catalog.commit(&out.changes);
        out.effects.into_iter().for_each(|effect| self.perform(effect));
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Index { job, by, one_piece } => {
                let frames = 1 + self.chance.below(6_000);
                let film = Film { one_piece, ..film(frames, by, self.chance.one_in(2)) };
                let film = Box::new(film);
                self.server_later(2_000, Event::Indexed { job, film });
            }
            Effect::Welcome { client, session, holding } => {
                let welcome = Welcome {
                    client_id: client.clone(),
                    boot: 1,
                    version: String::new(),
                    chunk_bytes: 1,
                    wanted: Vec::new(),
                    holding,
                };
                self.tell(&client, session, ToClient::Welcome(welcome));
            }
            Effect::Offer { client, session, lease, job, share, measure } => {
                let frames = match share {
                    Share::Picture(range) => range.len(),
                    Share::Sound => 0,
                };
                self.machines[number(&client)].offers.insert(lease, frames);
                self.tell(&client, session, ToClient::Offer(Box::new(offer(lease, job, share, measure))));
            }
            Effect::Revoke { client, session, lease, reason } => {
                self.tell(&client, session, ToClient::Revoke { lease, reason });
            }
            Effect::Kept { client, session, lease } => {
                let share =
                    self.catalog.jobs.values().flat_map(|job| &job.pieces).find(|piece| piece.lease == lease);
                let share = share.unwrap_or_else(|| panic!("{lease} is acknowledged and not durable")).share;
                self.acknowledged.insert(lease, share);
                self.tell(&client, session, ToClient::Kept { lease });
            }
            Effect::SendAgain { client, session, lease, reason } => {
                self.tell(&client, session, ToClient::SendAgain { lease, reason });
            }
            Effect::Check { lease, share, .. } => {
                let result = self.checked(share);
                self.server_later(300, Event::PieceChecked { lease, result });
            }
            Effect::Join { job } => {
                let report = Box::default();
                self.server_later(5_000, Event::Joined { job, report, at: WALL });
            }
            Effect::CloseSession { client, session, .. } => {
                let number = number(&client);
                if self.machines[number].session == Some(session) {
                    self.machines[number].session = None;
                }
                self.later(10, Coming::LinkDown(number, session));
            }
            Effect::DiscardPiece { .. }
            | Effect::StopWork { .. }
            | Effect::CleanJob { .. }
            | Effect::SayDraining
            | Effect::Reply { .. }
            | Effect::Notice(_) => {}
        }
    }

    fn checked(&mut self, share: Share) -> Result<CheckedPiece, Fault> {
        if self.faults.bad_pieces && self.chance.one_in(15) {
            let code = if self.chance.one_in(2) { FaultCode::BytesDiffer } else { FaultCode::StreamDiffers };
            return Err(Fault::new(code, "a bad piece"));
        }
        let frames = if let Share::Picture(range) = share { range.len() } else { 9 };
        Ok(CheckedPiece {
            bytes: 1,
            sha256: String::new(),
            facts: PieceFacts { frames, params: vec![params()], findings: Default::default() },
        })
    }

    fn server_later(&mut self, most_ms: u64, event: Event) {
        let after = 1 + self.chance.below(most_ms);
        self.later(after, Coming::Server(Box::new(event)));
    }

    fn tell(&mut self, client: &ClientId, session: SessionNo, said: ToClient) {
        // A WebSocket keeps the order of what is said.
        self.later(20, Coming::ToClient(number(client), session, Box::new(said)));
    }

    fn heard(&mut self, number: usize, session: SessionNo, said: ToServer) -> Option<Event> {
        let client = name(number);
        self.serve(Event::Heard { client: client.clone(), session, free_disk: None });
        Some(match said {
            ToServer::Hello(hello) => Event::ClientUp { client, session, hello: Box::new(hello), at: WALL },
            ToServer::Abilities { encoders } => Event::Abilities { client, session, encoders },
            ToServer::Progress { lease, frames, fps } => Event::Progress { client, lease, frames, fps },
            ToServer::Encoded { lease, frames, encode_ms } => {
                Event::Encoded { client, lease, frames, encode_ms }
            }
            ToServer::PieceSent { lease, piece } => Event::PieceSent { client, lease, piece },
            ToServer::Failed { lease, fault } => Event::LeaseFailed { client, lease, fault },
            ToServer::Finishing { returned } => Event::Finishing { client, session, returned },
            ToServer::Leaving { .. } => Event::Leaving { client, session },
            ToServer::Ping { .. } => return None,
        })
    }

    fn feel(&mut self, number: usize, felt: Felt) {
        let (now, chance, mut out) = (self.now, self.chance.next() as u32, Vec::new());
        let Some(mind) = &mut self.machines[number].mind else { return };
        mind.step(now, felt, chance, &mut out);
        out.into_iter().for_each(|done| self.act(number, done));
    }

    fn act(&mut self, number: usize, done: Done) {
        let life = self.machines[number].life;
        match done {
            Done::Connect => self.connect(number),
            Done::Say(said) => {
                if let Some(session) = self.machines[number].session {
                    // Now and then a message comes twice.
                    if self.chance.one_in(40) && !matches!(said, ToServer::Hello(_)) {
                        self.later(21, Coming::ToServer(number, session, said.clone()));
                    }
                    self.later(20, Coming::ToServer(number, session, said));
                }
            }
            Done::HangUp => {
                if let Some(session) = self.machines[number].session.take() {
                    self.later(20, Coming::SessionEnds(number, session));
                }
            }
            Done::Start(offer) => self.encode(number, life, &offer),
            Done::SendPiece(lease) => {
                let after = 50 + self.chance.below(3_000);
                self.later(after, Coming::Client(number, life, Felt::Sent { lease }));
            }
            Done::Prove(_) | Done::Prefetch(_) | Done::Forget(_) | Done::Notice(_) => {}
            Done::Exit(ending) => panic!("client {number} ends: {ending:?}"),
        }
    }

    fn connect(&mut self, number: usize) {
        self.sessions += 1;
        let session = SessionNo(self.sessions);
        if self.server.is_some() {
            self.machines[number].session = Some(session);
            self.later(15, Coming::LinkUp(number, session));
        } else {
            self.machines[number].session = None;
            self.later(15, Coming::LinkDown(number, session));
        }
    }

    fn encode(&mut self, number: usize, life: u64, offer: &Offer) {
        let lease = offer.lease;
        let frames = self.machines[number].offers.get(&lease).copied().unwrap_or(0);
        let takes = 200 + frames * 1_000 / self.machines[number].fps;
        let fps = self.machines[number].fps as f32;
        for quarter in 1..4 {
            let felt = Felt::Progress { lease, frames: frames * quarter / 4, fps };
            self.later(takes * quarter / 4, Coming::Client(number, life, felt));
        }
        let piece =
            MadePiece { frames, encode_ms: takes, sent: SentPiece { bytes: 1, ..SentPiece::default() } };
        self.later(takes, Coming::Client(number, life, Felt::Made { lease, piece }));
    }

    /// From the durable record alone.
    fn judge(&self) {
        for job in self.catalog.jobs.values() {
            assert_eq!(job.state, JobState::Completed, "job {} did not complete", job.job);
            let film = job.film.as_ref().expect("a completed job has a film");
            let mut shares: Vec<FrameRange> = job.pieces.iter().filter_map(|piece| piece.share).collect();
            shares.sort();
            let mut next = 0;
            for range in shares {
                assert_eq!(
                    range.start, next,
                    "job {}: frames are missing or doubled before {range}",
                    job.job
                );
                next = range.end;
            }
            assert_eq!(next, film.frames, "job {}: its end is missing", job.job);
            let sounds = job.pieces.iter().filter(|piece| piece.share.is_none()).count();
            assert_eq!(sounds, usize::from(film.sound), "job {}: its sound", job.job);
        }
        let kept: BTreeMap<LeaseId, Option<FrameRange>> = self
            .catalog
            .jobs
            .values()
            .flat_map(|job| &job.pieces)
            .map(|piece| (piece.lease, piece.share))
            .collect();
        for (lease, share) in &self.acknowledged {
            assert_eq!(kept.get(lease), Some(share), "{lease} was acknowledged and is gone");
        }
    }
}

fn name(number: usize) -> ClientId {
    id(format!("c{number}"))
}

fn number(client: &ClientId) -> usize {
    client.as_str()[1..].parse().expect("our own name")
}

fn hello(number: usize) -> Hello {
    Hello {
        protocol: 1,
        client_id: name(number),
        name: format!("box {number}"),
        version: String::new(),
        ffmpeg_version: String::new(),
        platform: String::new(),
        cores: 2,
        memory_bytes: 0,
        free_disk: 1 << 40,
        encoders: vec!["libx264".into(), "aac".into()],
        benchmark_secs: 60,
        holding: Vec::new(),
    }
}

fn submitted(number: u64, required_clients: u32) -> Event {
    let words = profile::words("-c:v libx264 -crf 20").expect("plain words");
    let spec = JobSpec {
        source: SourceAt::LocalFile("/film".into()),
        file_name: "film".into(),
        output_name: "out.mp4".into(),
        profile: profile::parse(&words, Container::Mp4).expect("plain parameters"),
        params_text: String::new(),
        required_clients,
        exactly: true,
        care: Default::default(),
    };
    Event::Submitted { ticket: Ticket(number), job: id(format!("j{number}")), spec: Box::new(spec), at: WALL }
}

fn film(frames: u64, by: IndexedBy, sound: bool) -> Film {
    Film {
        frames,
        frame_rate: Rational { num: 25, den: 1 },
        cuts: (0..frames).step_by(50).collect(),
        one_piece: None,
        sound,
        video_encoder: "libx264".into(),
        sound_encoders: vec!["aac".into()],
        kind: WorkKind("k".into()),
        indexed_by: by,
    }
}

fn params() -> ffmpeg_cluster_common::media::work::StreamParams {
    ffmpeg_cluster_common::media::work::StreamParams {
        codec: "h264".into(),
        width: 64,
        height: 36,
        pix_fmt: "yuv420p".into(),
        time_base: Rational { num: 1, den: 25 },
        extradata: String::new(),
    }
}

/// The mind does not look into the work, but to tell sound from pictures.
fn offer(lease: LeaseId, job: JobId, share: Share, measure: bool) -> Offer {
    let source = SourceRef { path: String::new(), bytes: 1, etag: String::new(), format: String::new() };
    let words = profile::words("-c:v libx264 -crf 20").expect("plain words");
    let profile = profile::parse(&words, Container::Mp4).expect("plain parameters");
    let sound = SoundWork {
        streams: vec![1],
        profile: profile.sound.clone(),
        container: Container::Mp4,
        duration_us: None,
        conform: false,
        together: false,
        span: profile::Span::default(),
    };
    let work = match share {
        Share::Sound => Work::Sound(sound),
        Share::Picture(range) => Work::Picture(Box::new(picture(range, profile.video))),
    };
    Offer { lease, job, source, work, measure }
}

fn picture(
    range: FrameRange,
    profile: profile::VideoProfile,
) -> ffmpeg_cluster_common::media::work::PictureWork {
    let time_base = Rational { num: 1, den: 25 };
    let result = ResultWindow { time_base, first: 0, last: 0, end: None, cut: Cut::None };
    let window = Window {
        time_base,
        start: 0,
        end: None,
        seek: None,
        zero: 0,
        doubled: false,
        counted_from: None,
        result,
    };
    let rate = Rational { num: 25, den: 1 };
    let picture = ffmpeg_cluster_common::media::source::Picture {
        width: 64,
        height: 36,
        pix_fmt: "yuv420p".into(),
        time_base,
        frame_rate: rate,
        base_rate: rate,
        sample_aspect: None,
        field_order: None,
        color_range: None,
        color_space: None,
        color_transfer: None,
        color_primaries: None,
        chroma_location: None,
        rotation: 0,
        hdr: None,
        extras: Vec::new(),
    };
    ffmpeg_cluster_common::media::work::PictureWork {
        range,
        window,
        picture,
        stream: 0,
        profile,
        container: Container::Mp4,
        constant_rate: None,
        compare: false,
    }
}
