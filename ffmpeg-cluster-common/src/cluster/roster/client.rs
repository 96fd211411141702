//! The server's picture of one client.

use std::collections::{BTreeMap, BTreeSet};

use super::pace::Known;
use super::standing::Standing;
use crate::ids::{JobId, LeaseId, SessionNo};
use crate::media::plan::track::{Segment, WorkKind};
use crate::media::words::device::Device;
use crate::protocol::to_server::Hello;
use crate::time::{Millis, WallMillis};

#[derive(Debug)]
pub(in crate::cluster) struct Client {
    pub(in crate::cluster) name: String,
    /// None before it connected to this life of the server.
    pub(in crate::cluster) machine: Option<Machine>,
    pub(in crate::cluster) link: Link,
    pub(in crate::cluster) connected_at: WallMillis,
    pub(in crate::cluster) heard_at: Millis,
    /// Everything promised to it, whatever the phase.
    pub(in crate::cluster) leases: BTreeSet<LeaseId>,
    pub(in crate::cluster) speeds: BTreeMap<WorkKind, f64>,
    /// What encoders tell that run in this session, by kinds of work at which it was never measured.
    told: BTreeMap<WorkKind, f64>,
    pub(in crate::cluster) fps: Option<f64>,
    pub(in crate::cluster) standing: Standing,
    /// What it failed at since its last kept piece, and nobody else.
    pub(super) failed: BTreeSet<(JobId, Segment)>,
    /// For people.
    pub(super) last_fault: String,
    /// It finishes what it encodes and then leaves.
    pub(in crate::cluster) finishing: bool,
    pub(super) disk: Standing,
    /// Devices that failed or were busy lately, by their names.
    pub(super) devices: BTreeMap<String, DeviceState>,
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

/// Of one of its devices since its last kept piece.
#[derive(Debug, Default)]
pub(super) struct DeviceState {
    pub(super) standing: Standing,
    pub(super) failed_in_a_row: usize,
    /// It was busy: so many slots until then.
    pub(super) narrowed: Option<Narrowed>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Narrowed {
    pub(super) slots: u32,
    pub(super) until: Millis,
}

/// What a client told of its machine when it connected, and since.
#[derive(Debug, Clone, Default)]
pub(in crate::cluster) struct Machine {
    pub(in crate::cluster) version: String,
    pub(in crate::cluster) ffmpeg_version: String,
    pub(in crate::cluster) platform: String,
    pub(in crate::cluster) cores: u32,
    pub(in crate::cluster) memory_bytes: u64,
    /// 0 is unknown.
    pub(in crate::cluster) free_disk: u64,
    pub(in crate::cluster) encoders: Vec<String>,
    pub(in crate::cluster) devices: Vec<Device>,
    /// Seconds of film that it measures itself by, at most.
    pub(in crate::cluster) benchmark_secs: u32,
}

impl Machine {
    /// Decoders of one version on processors of one kind give the same pictures.
    pub(in crate::cluster) fn kind(&self) -> String {
        format!("ffmpeg {} on {}", self.ffmpeg_version, self.platform)
    }
}

impl From<Hello> for Machine {
    fn from(hello: Hello) -> Self {
        Self {
            version: hello.version,
            ffmpeg_version: hello.ffmpeg_version,
            platform: hello.platform,
            cores: hello.cores,
            memory_bytes: hello.memory_bytes,
            free_disk: hello.free_disk,
            encoders: hello.encoders,
            devices: hello.devices,
            benchmark_secs: hello.benchmark_secs,
        }
    }
}

/// How much a new measurement counts against what is known: clients change their pace with the scene.
const NEW_SHARE: f64 = 0.5;

impl Client {
    /// One that is not here yet, or not any more.
    pub(super) fn away(name: String, link: Link, speeds: BTreeMap<WorkKind, f64>) -> Self {
        Self {
            name,
            machine: None,
            link,
            connected_at: WallMillis(0),
            heard_at: Millis(0),
            leases: BTreeSet::new(),
            speeds,
            told: BTreeMap::new(),
            fps: None,
            standing: Standing::default(),
            failed: BTreeSet::new(),
            last_fault: String::new(),
            finishing: false,
            disk: Standing::default(),
            devices: BTreeMap::new(),
        }
    }

    /// 0 is unknown.
    pub(super) fn free_disk(&self) -> u64 {
        self.machine.as_ref().map_or(0, |machine| machine.free_disk)
    }

    /// What it proved that it can do by devices.
    pub(in crate::cluster) fn told_devices(&self) -> &[Device] {
        self.machine.as_ref().map_or(&[], |machine| &machine.devices)
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
}
