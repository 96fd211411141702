//! The whole state of the cluster; each part has one owner.

use super::disk::Disk;
use super::effect::Effects;
use super::jobs::{Counts, Jobs};
use super::roster::Roster;
use super::settings::Settings;
use super::timers::Timers;
use super::view::Sizes;
use crate::ids::ClientId;
use crate::protocol::to_client::ToClient;
use crate::time::{Millis, WallMillis};

/// The same moment on the monotonic and on the wall clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clocks {
    pub(super) now: Millis,
    pub(super) wall: WallMillis,
}

#[derive(Debug)]
pub struct Cluster {
    pub(super) settings: Settings,
    pub(super) jobs: Jobs,
    pub(super) roster: Roster,
    /// When the cluster was created; converts monotonic times to wall-clock times.
    pub(super) wall: Clocks,
    /// The time of the last step.
    pub(super) now: Millis,
    pub(super) timers: Timers,
    pub(super) disk: Disk,
    pub(super) draining: bool,
    pub(super) stale: u64,
    /// Changes and effects of the current step. Empty between steps.
    pub(super) out: Effects,
}

impl Cluster {
    pub fn new(settings: Settings, boot: u32, now: Millis, wall: WallMillis) -> Self {
        Self {
            settings,
            jobs: Jobs::new(boot),
            roster: Roster::default(),
            wall: Clocks { now, wall },
            now,
            timers: Timers::default(),
            disk: Disk::default(),
            draining: false,
            stale: 0,
            out: Effects::default(),
        }
    }

    /// When the caller must send the next `Tick`. Returns None if no timer is set.
    pub fn deadline(&self) -> Option<Millis> {
        self.timers.next()
    }

    /// Sends a message to the client if it is connected.
    pub(super) fn say(&mut self, client: &ClientId, message: ToClient) {
        if let Some(session) = self.roster.session(client) {
            self.out.say(client, session, message);
        }
    }

    /// The wall-clock time of the step.
    pub(super) fn wall(&self) -> WallMillis {
        self.wall_at(self.now)
    }

    pub(super) fn wall_at(&self, now: Millis) -> WallMillis {
        WallMillis(self.wall.wall.0 + (now - self.wall.now).0)
    }
}

impl Cluster {
    pub fn sizes(&self) -> Sizes {
        let (Counts { jobs, leases, kept }, (clients, remembered)) =
            (self.jobs.counts(), self.roster.sizes());
        Sizes { jobs, leases, kept, clients, remembered, timers: self.timers.len() }
    }
}
