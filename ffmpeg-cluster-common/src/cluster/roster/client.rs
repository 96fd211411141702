//! What the server knows about one client.

use std::collections::{BTreeMap, BTreeSet};

use super::beside::{Beside, Ended};
use super::decodes::Decodes;
use super::pace::Known;
use super::standing::Standing;
use crate::cluster::disk::has_space;
use crate::ids::{JobId, LeaseId, SessionNo};
use crate::media::plan::track::{Segment, Track, WorkKind};
use crate::media::words::device::Device;
use crate::protocol::reply;
use crate::protocol::to_server::Hello;
use crate::time::{Millis, WallMillis};

#[derive(Debug)]
pub(in crate::cluster) struct Client {
    pub(in crate::cluster) name: String,
    /// None if the client has not connected since the server started.
    pub(in crate::cluster) machine: Option<Machine>,
    pub(in crate::cluster) link: Link,
    pub(in crate::cluster) connected_at: WallMillis,
    pub(in crate::cluster) heard_at: Millis,
    /// All current leases of the client, in any phase.
    pub(in crate::cluster) leases: BTreeSet<LeaseId>,
    pub(in crate::cluster) speeds: BTreeMap<WorkKind, f64>,
    /// Frames per second that running encoders report in this session, for kinds of work that were
    /// never measured on the client.
    told: BTreeMap<WorkKind, f64>,
    /// How its processors are filled in this session, by the kind of work.
    beside: BTreeMap<WorkKind, Beside>,
    pub(in crate::cluster) fps: Option<f64>,
    pub(in crate::cluster) standing: Standing,
    /// Segments that failed on this client since its last kept piece, and on no other client.
    pub(super) failed: BTreeSet<(JobId, Segment)>,
    /// The message of its last fault, for people.
    pub(super) last_fault: String,
    /// The client finishes its running encodes and then leaves.
    pub(in crate::cluster) finishing: bool,
    pub(super) disk: Standing,
    /// Devices that failed or were busy since their last kept piece, by their names.
    pub(super) devices: BTreeMap<String, DeviceState>,
}

/// The encoders that a client has proved.
#[derive(Debug)]
pub(in crate::cluster) struct Proved {
    pub(in crate::cluster) encoders: Vec<String>,
    pub(in crate::cluster) devices: Vec<Device>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Link {
    Up(SessionNo),
    /// The session ended; leases are kept until the given time.
    Grace {
        until: Millis,
    },
    Gone,
}

/// The state of one device since its last kept piece.
#[derive(Debug, Default)]
pub(super) struct DeviceState {
    pub(super) standing: Standing,
    pub(super) failed_in_a_row: usize,
    /// Set when the device was busy: it has fewer slots for a while.
    pub(super) narrowed: Option<Narrowed>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Narrowed {
    pub(super) slots: u32,
    pub(super) until: Millis,
}

/// What a client has reported about its machine, at the start of its session and since.
#[derive(Debug, Clone)]
pub(in crate::cluster) struct Machine {
    pub(in crate::cluster) told: reply::Machine,
    pub(in crate::cluster) ffmpeg_version: String,
    pub(in crate::cluster) decodes: Decodes,
    /// The longest measurement that the client agrees to, in seconds of film.
    pub(in crate::cluster) benchmark_secs: u32,
}

impl Machine {
    /// The kind of its decoders: one version of ffmpeg on one platform decodes the same pictures
    /// everywhere.
    pub(in crate::cluster) fn kind(&self) -> String {
        format!("ffmpeg {} on {}", self.ffmpeg_version, self.told.platform)
    }
}

impl From<Hello> for Machine {
    fn from(hello: Hello) -> Self {
        Self {
            told: reply::Machine {
                version: hello.version,
                platform: hello.platform,
                cores: hello.cores,
                memory_bytes: hello.memory_bytes,
                free_disk: hello.free_disk,
                encoders: hello.encoders,
                devices: hello.devices,
            },
            ffmpeg_version: hello.ffmpeg_version,
            decodes: Decodes::new(hello.decodes),
            benchmark_secs: hello.benchmark_secs,
        }
    }
}

/// The weight of a new measurement against the old speed,
/// because the pace of a client changes with the scene.
const NEW_SHARE: f64 = 0.5;

impl Client {
    /// A client that is not connected.
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
            beside: BTreeMap::new(),
            fps: None,
            standing: Standing::default(),
            failed: BTreeSet::new(),
            last_fault: String::new(),
            finishing: false,
            disk: Standing::default(),
            devices: BTreeMap::new(),
        }
    }

    /// Whether its own disk has space for another piece.
    pub(super) fn has_disk(&self) -> bool {
        self.disk.is_good() && has_space(self.machine.as_ref().map_or(0, |machine| machine.told.free_disk))
    }

    /// Its devices, with the encoders that each has proved.
    pub(in crate::cluster) fn told_devices(&self) -> &[Device] {
        self.machine.as_ref().map_or(&[], |machine| &machine.told.devices)
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

    /// Takes an encode into account. Returns the new speed of the client.
    pub(super) fn measure(&mut self, kind: &WorkKind, ended: &Ended) -> f64 {
        let fps = ended.fps;
        let speed = match self.speeds.get(kind) {
            Some(old) => old * (1.0 - NEW_SHARE) + fps * NEW_SHARE,
            None => fps,
        };
        self.fps = Some(fps);
        self.told.remove(kind);
        // With another number of slots, each has another speed.
        let machine = self.machine.as_ref().map(|machine| &machine.told);
        let beside = self.beside.entry(kind.clone()).or_default();
        let speed = machine.and_then(|machine| beside.note(ended, machine)).unwrap_or(speed);
        self.speeds.insert(kind.clone(), speed);
        speed
    }

    /// Records the speed that a running encoder reports.
    pub(super) fn tell(&mut self, kind: &WorkKind, fps: f64) {
        self.told.insert(kind.clone(), fps);
    }

    /// Forgets what is known of this session only.
    pub(super) fn forget_told(&mut self) {
        self.told.clear();
        self.beside.clear();
    }

    /// How many segments its processors encode side by side: of this track, or of any kind of work.
    pub(super) fn slots_for(&self, track: Option<&Track>) -> u32 {
        match track {
            Some(track) => track.kind.as_ref().map_or(1, |kind| self.slots_of(kind)),
            None => self.beside.values().map(Beside::slots).max().unwrap_or(1),
        }
    }

    fn slots_of(&self, kind: &WorkKind) -> u32 {
        self.beside.get(kind).map_or(1, Beside::slots)
    }

    pub(super) fn known(&self, kind: &WorkKind) -> Known {
        Known::of(self.speeds.get(kind).copied(), self.told.get(kind).copied(), self.slots_of(kind))
    }

    /// Kinds of work for which a measured or reported speed is known.
    pub(super) fn kinds_known(&self) -> impl Iterator<Item = &WorkKind> {
        let told = self.told.keys().filter(|kind| !self.speeds.contains_key(*kind));
        self.speeds.keys().chain(told)
    }

    /// Frames per second at this kind of work: measured, or else reported.
    /// Returns None if neither is known.
    pub(super) fn pace(&self, kind: &WorkKind) -> Option<f64> {
        let measured = self.speeds.get(kind).copied().filter(|fps| *fps > 0.0);
        measured.or_else(|| self.told.get(kind).copied())
    }
}
