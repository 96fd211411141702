//! The server's picture of one client.

use std::collections::{BTreeMap, BTreeSet};

use super::health::Health;
use super::seats::Troubled;
use crate::ids::{LeaseId, SessionNo};
use crate::media::device::Device;
use crate::media::film::WorkKind;
use crate::protocol::to_server::Hello;
use crate::time::{Millis, WallMillis};

#[derive(Debug)]
pub(super) struct Client {
    pub(super) hello: Hello,
    pub(super) link: Link,
    pub(super) connected_at: WallMillis,
    pub(super) heard_at: Millis,
    /// Everything promised to it, whatever the phase.
    pub(super) leases: BTreeSet<LeaseId>,
    pub(super) speeds: BTreeMap<WorkKind, f64>,
    pub(super) fps: Option<f64>,
    pub(super) health: Health,
    /// It finishes what it encodes and then leaves.
    pub(super) finishing: bool,
    /// Its disk was full; it gets nothing before that.
    pub(super) full_until: Millis,
    /// Devices that gave trouble lately, by their names.
    pub(super) troubled: BTreeMap<String, Troubled>,
}

/// What a client has proved that it can encode with.
#[derive(Debug)]
pub(super) struct Proved {
    pub(super) encoders: Vec<String>,
    pub(super) devices: Vec<Device>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    Up(SessionNo),
    /// Its leases are kept until then.
    Grace {
        until: Millis,
    },
    Gone,
}

/// How much a new measurement counts against what is known: clients change their pace with the scene.
const NEW_SHARE: f64 = 0.5;

impl Client {
    pub(super) fn session(&self) -> Option<SessionNo> {
        match self.link {
            Link::Up(session) => Some(session),
            Link::Grace { .. } | Link::Gone => None,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.leases.is_empty()
    }

    /// Takes in what it really did.
    pub(super) fn measure(&mut self, kind: &WorkKind, fps: f64) -> f64 {
        let speed = match self.speeds.get(kind) {
            Some(old) => old * (1.0 - NEW_SHARE) + fps * NEW_SHARE,
            None => fps,
        };
        self.fps = Some(fps);
        self.speeds.insert(kind.clone(), speed);
        speed
    }
}
