//! A cluster, a clock that is moved by hand, and a record of what it wanted.

use crate::cluster::change::{Change, RememberedLease};
use crate::cluster::effect::{Answer, Effect, Effects};
use crate::cluster::event::{CheckedPiece, Event, JobSpec, SourceAt};
use crate::cluster::view::JobView;
use crate::cluster::{Cluster, Settings};
use crate::fault::{Fault, FaultCode};
use crate::frames::{FrameRange, Rational};
use crate::ids::{ClientId, JobId, LeaseId, SessionNo, Ticket};
use crate::media::params;
use crate::media::plan::film::{Film, IndexedBy};
use crate::media::plan::piece::{Findings, PieceFacts, SentPiece};
use crate::media::plan::track::{Content, Cuts, Segment, Track, TrackNo, WorkKind};
use crate::media::proof::report::Report;
use crate::media::proof::report::{Care, Verify};
use crate::media::words::container::Container;
use crate::protocol::command::JobState;
use crate::protocol::to_client::{RefusalCode, ToClient};
use crate::protocol::to_server::Hello;
use crate::time::{Millis, WallMillis};

pub(super) struct World {
    pub(super) cluster: Cluster,
    pub(super) now: Millis,
    pub(super) out: Effects,
    sessions: u64,
}

pub(super) fn client(name: &str) -> ClientId {
    name.parse().unwrap()
}

pub(super) fn job(name: &str) -> JobId {
    name.parse().unwrap()
}

pub(super) const AT: WallMillis = WallMillis(1_000_000);

impl World {
    pub(super) fn new() -> Self {
        Self::auditing(0)
    }

    pub(super) fn auditing(audit_percent: u32) -> Self {
        let settings = settings(audit_percent);
        let cluster = Cluster::new(settings, 1, Millis(0), AT);
        Self { cluster, now: Millis(0), out: Effects::default(), sessions: 0 }
    }

    /// One event; what it caused is in `out`, nothing of what was before.
    pub(super) fn step(&mut self, event: Event) -> &Effects {
        self.out = Effects::default();
        self.cluster.step(self.now, event, &mut self.out);
        self.cluster.check_all();
        &self.out
    }

    pub(super) fn pass(&mut self, time: Millis) -> &Effects {
        let until = self.now + time;
        let mut all = Effects::default();
        while let Some(due) = self.cluster.deadline().filter(|due| *due <= until) {
            self.now = due.max(self.now);
            self.step(Event::Tick);
            all.changes.append(&mut self.out.changes);
            all.effects.append(&mut self.out.effects);
        }
        self.now = until;
        self.out = all;
        &self.out
    }

    pub(super) fn submit(&mut self, name: &str, required: u32) -> JobState {
        self.submit_to_verify(name, required, Verify::default())
    }

    pub(super) fn submit_to_verify(&mut self, name: &str, required: u32, verify: Verify) -> JobState {
        let spec = JobSpec { required_clients: required, care: Care { verify, ..Care::default() }, ..spec() };
        self.step(Event::Submitted { ticket: Ticket(7), job: job(name), spec: Box::new(spec), at: AT });
        assert!(
            self.out
                .effects
                .contains(&Effect::Reply { ticket: Ticket(7), answer: Answer::JobCreated(job(name)) })
        );
        self.view(name).state
    }

    pub(super) fn indexed(&mut self, name: &str, frames: u64) -> JobState {
        self.step(Event::Indexed { job: job(name), film: Box::new(film(frames, false)) });
        self.view(name).state
    }

    pub(super) fn up(&mut self, name: &str) -> SessionNo {
        self.up_holding(name, &[])
    }

    /// A client with this ffmpeg.
    pub(super) fn up_with_ffmpeg(&mut self, name: &str, ffmpeg: &str) {
        self.sessions += 1;
        let session = SessionNo(self.sessions);
        let hello = Box::new(Hello { ffmpeg_version: ffmpeg.into(), ..hello(name, &[]) });
        self.step(Event::ClientUp { client: client(name), session, hello, at: AT });
    }

    /// Whose pieces a job has.
    pub(super) fn pieces_by(&self, name: &str) -> Vec<ClientId> {
        self.cluster.jobs[&job(name)].pieces().map(|piece| piece.client.clone()).collect()
    }

    pub(super) fn up_holding(&mut self, name: &str, holding: &[LeaseId]) -> SessionNo {
        self.sessions += 1;
        let session = SessionNo(self.sessions);
        let hello = Box::new(hello(name, holding));
        self.step(Event::ClientUp { client: client(name), session, hello, at: AT });
        session
    }

    pub(super) fn gone(&mut self, name: &str, session: SessionNo) {
        self.step(Event::ClientGone { client: client(name), session });
    }

    /// What clients were told in the last step.
    pub(super) fn said(&self) -> impl Iterator<Item = &ToClient> {
        self.out.effects.iter().filter_map(|effect| match effect {
            Effect::Say { message, .. } => Some(message),
            _ => None,
        })
    }

    /// The sessions that the last step ended.
    pub(super) fn refused(&self) -> Vec<(SessionNo, RefusalCode)> {
        let refusal = |effect: &Effect| match effect {
            Effect::Say { session, message: ToClient::Refused { code, .. }, .. } => Some((*session, *code)),
            _ => None,
        };
        self.out.effects.iter().filter_map(refusal).collect()
    }

    /// The leases that the last step offered, with their clients.
    pub(super) fn offers(&self) -> Vec<(String, LeaseId, Segment)> {
        let offer = |effect: &Effect| match effect {
            Effect::Offer { client, promised, .. } => {
                Some((client.to_string(), promised.lease, promised.segment))
            }
            _ => None,
        };
        self.out.effects.iter().filter_map(offer).collect()
    }

    pub(super) fn offer_to(&self, name: &str) -> (LeaseId, FrameRange) {
        let all = self.offers();
        let mine = all.iter().find(|(to, _, segment)| to == name && segment.track == Film::PICTURES);
        match mine {
            Some((_, lease, segment)) => (*lease, segment.units),
            _ => panic!("nothing was offered to {name}: {all:?}"),
        }
    }

    pub(super) fn fail(&mut self, name: &str, lease: LeaseId, code: FaultCode) {
        let fault = Fault::new(code, "it broke").with_tail(vec!["last words".into()]);
        self.step(Event::LeaseFailed { client: client(name), lease, fault });
    }

    /// Encodes at thirty frames per second, sends, and has the piece found good.
    pub(super) fn finish(&mut self, name: &str, lease: LeaseId, frames: u64) {
        self.finish_in(name, lease, frames, frames * 33);
    }

    pub(super) fn finish_in(&mut self, name: &str, lease: LeaseId, frames: u64, encode_ms: u64) {
        self.step(Event::Progress { client: client(name), lease, frames, fps: 30.0 });
        let mut offers = std::mem::take(&mut self.out.effects);
        self.step(Event::Encoded { client: client(name), lease, encode_ms, spent: None });
        offers.append(&mut self.out.effects);
        self.step(Event::PieceSent { client: client(name), lease, piece: sent() });
        offers.append(&mut self.out.effects);
        self.step(Event::PieceChecked { lease, result: Ok(piece(frames)), chance: 0 });
        offers.append(&mut self.out.effects);
        self.out.effects = offers;
    }

    pub(super) fn view(&self, name: &str) -> JobView {
        self.cluster.view(self.now).jobs[&job(name)].clone()
    }

    pub(super) fn ended(&self) -> Option<(JobState, Option<String>)> {
        self.out.changes.iter().find_map(|change| match change {
            Change::JobEnded { state, error, .. } => Some((*state, error.clone())),
            _ => None,
        })
    }

    pub(super) fn wanted(&self, effect: &Effect) -> bool {
        self.out.effects.contains(effect)
    }
}

pub(super) fn spec() -> JobSpec {
    let words = params::words("-c:v libx264 -crf 20").unwrap();
    JobSpec {
        source: SourceAt::LocalFile("/a.mkv".into()),
        file_name: "a.mkv".into(),
        output_name: "b.mp4".into(),
        profile: params::parse(&words, Container::Mp4).unwrap(),
        params_text: String::new(),
        required_clients: 1,
        exactly: true,
        care: Care::default(),
        hw: Default::default(),
        priority: Default::default(),
        ladder: None,
        owner: "local".into(),
    }
}

pub(super) fn settings(audit_percent: u32) -> Settings {
    Settings {
        max_retries: 3,
        retry_delay: Millis::secs(5),
        benchmark_secs: 10,
        audit_percent,
        crashes_max: 2,
    }
}

pub(super) fn remembered(lease: LeaseId, range: FrameRange, name: &str) -> RememberedLease {
    RememberedLease { lease, segment: pictures(range), client: client(name), seat: None }
}

pub(super) fn sent() -> SentPiece {
    SentPiece { bytes: 9, sha256: "ab".into(), ..SentPiece::default() }
}

pub(super) fn piece(frames: u64) -> CheckedPiece {
    CheckedPiece {
        bytes: 9,
        sha256: "ab".into(),
        facts: PieceFacts {
            frames,
            params: vec![params()],
            findings: Findings::default(),
            encoder: None,
            begins: None,
        },
    }
}

pub(super) fn params() -> crate::media::plan::piece::StreamParams {
    let time_base = Rational { num: 1, den: 25 };
    let (codec, pix_fmt) = ("h264".into(), "yuv420p".into());
    crate::media::plan::piece::StreamParams {
        codec,
        width: 64,
        height: 36,
        pix_fmt,
        time_base,
        extradata: String::new(),
        looks: Default::default(),
    }
}

pub(super) fn film(frames: u64, sound: bool) -> Film {
    let encoder = vec!["libx264".into()];
    let kind = Some(WorkKind("k".into()));
    let track = Track { kind, ..Track::new(Content::Picture, frames, encoder) };
    Film {
        tracks: [track]
            .into_iter()
            .chain(sound.then(|| Track::sound("aac", vec!["aac".to_owned()])))
            .collect(),
        frame_rate: Rational { num: 25, den: 1 },
        indexed_by: IndexedBy::Packets,
        copied: None,
    }
}

/// A film whose pictures are otherwise.
pub(super) fn film_where(frames: u64, change: impl FnOnce(&mut Track)) -> Film {
    let mut film = film(frames, false);
    change(film.track_mut(Film::PICTURES));
    film
}

/// One that can be made in one piece only.
pub(super) fn whole(frames: u64, why: &str) -> Film {
    film_where(frames, |track| track.cuts = Cuts::Never(why.to_owned()))
}

pub(super) const fn pictures(range: FrameRange) -> Segment {
    Segment::new(Film::PICTURES, range)
}

pub(super) const SOUND: Segment = Segment::new(TrackNo(1), FrameRange::new(0, 1));

pub(super) fn hello(name: &str, holding: &[LeaseId]) -> Hello {
    Hello {
        protocol: 1,
        client_id: client(name),
        client_key: Default::default(),
        name: format!("box {name}"),
        version: String::new(),
        ffmpeg_version: String::new(),
        platform: String::new(),
        cores: 4,
        memory_bytes: 0,
        free_disk: 1 << 40,
        encoders: vec!["libx264".into(), "aac".into()],
        devices: Vec::new(),
        decodes: Vec::new(),
        benchmark_secs: 60,
        holding: holding.to_vec(),
    }
}

pub(super) fn report() -> Box<Report> {
    Box::default()
}
