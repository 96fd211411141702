//! The server's picture of one client.

use std::collections::{BTreeMap, BTreeSet};

use super::pace::Known;
use crate::fault::Fault;
use crate::ids::{ClientId, JobId, LeaseId, SessionNo};
use crate::limits::PROTOCOL;
use crate::media::plan::track::{Segment, WorkKind};
use crate::media::words::device::Device;
use crate::protocol::to_server::Hello;
use crate::time::{Millis, WallMillis};

#[derive(Debug)]
pub(in crate::cluster) struct Client {
    pub(in crate::cluster) hello: Hello,
    pub(in crate::cluster) link: Link,
    pub(in crate::cluster) connected_at: WallMillis,
    pub(in crate::cluster) heard_at: Millis,
    /// Everything promised to it, whatever the phase.
    pub(in crate::cluster) leases: BTreeSet<LeaseId>,
    pub(in crate::cluster) speeds: BTreeMap<WorkKind, f64>,
    /// What encoders tell that run in this session, by kinds of work at which it was never measured.
    told: BTreeMap<WorkKind, f64>,
    pub(in crate::cluster) fps: Option<f64>,
    pub(in crate::cluster) health: Health,
    /// It finishes what it encodes and then leaves.
    pub(in crate::cluster) finishing: bool,
    /// Its disk was full; it gets nothing before that.
    pub(in crate::cluster) full_until: Millis,
    /// Devices that gave trouble lately, by their names.
    pub(super) troubled: BTreeMap<String, Troubled>,
}

/// What a client has proved that it can encode with.
#[derive(Debug)]
pub(in crate::cluster) struct Proved {
    pub(in crate::cluster) encoders: Vec<String>,
    pub(in crate::cluster) devices: Vec<Device>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Link {
    Up(SessionNo),
    /// Its leases are kept until then.
    Grace {
        until: Millis,
    },
    Gone,
}

/// How a client does lately. A server that starts anew knows nothing of it, and finds out.
#[derive(Debug, Default)]
pub(in crate::cluster) struct Health {
    pub(in crate::cluster) standing: Standing,
    /// What it failed at since its last kept piece, and nobody else.
    pub(super) failed: BTreeSet<(JobId, Segment)>,
    /// How often it was set aside since its last kept piece.
    pub(super) times: u32,
    pub(super) last: Option<Fault>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Standing {
    #[default]
    Good,
    /// It gets nothing until then.
    Aside { until: Millis },
    /// It gets one segment at a time.
    Trial,
}

impl Health {
    pub(in crate::cluster) fn is_aside(&self) -> bool {
        matches!(self.standing, Standing::Aside { .. })
    }

    /// For people, where there is something to say.
    pub(in crate::cluster) fn explain(&self, now: Millis) -> Option<String> {
        let last = self.last.as_ref().map_or("", |fault| fault.message.as_str());
        match self.standing {
            Standing::Good => None,
            Standing::Aside { until } => {
                let left = (until - now).as_secs_f64();
                Some(format!("set aside, because everything fails on it ({last}); on trial in {left:.0} s"))
            }
            Standing::Trial => Some(format!("on trial with one segment, because everything failed ({last})")),
        }
    }
}

/// Of a device since its last kept piece.
#[derive(Debug, Clone, Default)]
pub(super) struct Troubled {
    pub(super) in_a_row: u32,
    pub(super) rests: u32,
    pub(super) rests_until: Millis,
    /// Slots until a time.
    pub(super) narrowed: Option<(u32, Millis)>,
}

/// How much a new measurement counts against what is known: clients change their pace with the scene.
const NEW_SHARE: f64 = 0.5;

impl Client {
    pub(super) fn new(
        hello: Hello,
        link: Link,
        speeds: BTreeMap<WorkKind, f64>,
        now: Millis,
        at: WallMillis,
    ) -> Self {
        Self {
            hello,
            link,
            connected_at: at,
            heard_at: now,
            leases: BTreeSet::new(),
            speeds,
            told: BTreeMap::new(),
            fps: None,
            health: Health::default(),
            finishing: false,
            full_until: Millis(0),
            troubled: BTreeMap::new(),
        }
    }

    /// A client that had leases when the server stopped, and has not come back yet.
    pub(super) fn absent(id: &ClientId, name: &str, until: Millis, speeds: BTreeMap<WorkKind, f64>) -> Self {
        let hello = Hello {
            protocol: PROTOCOL,
            client_id: id.clone(),
            client_key: Default::default(),
            name: name.to_owned(),
            version: String::new(),
            ffmpeg_version: String::new(),
            platform: String::new(),
            cores: 0,
            memory_bytes: 0,
            free_disk: 0,
            encoders: Vec::new(),
            devices: Vec::new(),
            benchmark_secs: u32::MAX,
            holding: Vec::new(),
        };
        Self::new(hello, Link::Grace { until }, speeds, Millis(0), WallMillis(0))
    }

    pub(in crate::cluster) fn session(&self) -> Option<SessionNo> {
        match self.link {
            Link::Up(session) => Some(session),
            Link::Grace { .. } | Link::Gone => None,
        }
    }

    pub(in crate::cluster) fn is_idle(&self) -> bool {
        self.leases.is_empty()
    }

    /// Takes in what it really did.
    pub(super) fn measure(&mut self, kind: &WorkKind, fps: f64) -> f64 {
        let speed = match self.speeds.get(kind) {
            Some(old) => old * (1.0 - NEW_SHARE) + fps * NEW_SHARE,
            None => fps,
        };
        self.fps = Some(fps);
        self.told.remove(kind);
        self.speeds.insert(kind.clone(), speed);
        speed
    }

    /// Takes in what an encoder tells that still runs.
    pub(super) fn tell(&mut self, kind: &WorkKind, fps: f64) {
        self.told.insert(kind.clone(), fps);
    }

    pub(super) fn forget_told(&mut self) {
        self.told.clear();
    }

    pub(super) fn known(&self, kind: &WorkKind) -> Known {
        Known::of(self.speeds.get(kind).copied(), self.told.get(kind).copied())
    }

    /// Kinds of work of whose speed something is known.
    pub(super) fn kinds_known(&self) -> impl Iterator<Item = &WorkKind> {
        let told = self.told.keys().filter(|kind| !self.speeds.contains_key(*kind));
        self.speeds.keys().chain(told)
    }

    /// Frames per second at this kind of work: measured, or told while it was not.
    pub(super) fn pace(&self, kind: &WorkKind) -> Option<f64> {
        let measured = self.speeds.get(kind).copied().filter(|fps| *fps > 0.0);
        measured.or_else(|| self.told.get(kind).copied())
    }

    /// Decoders of one version on processors of one kind give the same pictures.
    pub(in crate::cluster) fn kind(&self) -> String {
        format!("ffmpeg {} on {}", self.hello.ffmpeg_version, self.hello.platform)
    }
}
