//! How many segments a worker encodes side by side.

use crate::cluster::state::Cluster;
use crate::cluster::worker::Worker;
use crate::media::plan::track::{Load, Track};

/// A slot of a worker. Processors may have more slots for one kind of work than for another.
#[derive(Debug, Clone, Copy)]
pub(in crate::cluster) enum Slot<'a> {
    /// For a segment of this track.
    Of(&'a Track),
    /// For a segment of some track with this load.
    For(Load),
}

impl Slot<'_> {
    pub(in crate::cluster) const fn load(self) -> Load {
        match self {
            Self::Of(track) => track.load,
            Self::For(load) => load,
        }
    }
}

/// How many such slots the worker has now.
pub(in crate::cluster) fn slots(cluster: &Cluster, worker: &Worker, slot: Slot<'_>) -> usize {
    match slot {
        Slot::Of(Track { load: Load::Light, .. }) | Slot::For(Load::Light) => 1,
        Slot::Of(track) => cluster.roster.slots(worker, Some(track), cluster.now),
        Slot::For(Load::Full) => cluster.roster.slots(worker, None, cluster.now),
    }
}
