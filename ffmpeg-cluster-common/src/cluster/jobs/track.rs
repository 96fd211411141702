//! One track of a job: what of it is to do, failed and waits, is leased, is kept.

use std::collections::BTreeMap;

use crate::cluster::jobs::lease::Returned;
use crate::cluster::jobs::pieces::Pieces;
use crate::frames::{FrameNo, FrameRange, RangeSet};
use crate::ids::ClientId;
use crate::limits::SEGMENT_FRAMES_MIN;
use crate::media::plan::track::Track;

#[derive(Debug, Default)]
pub(in crate::cluster) struct TrackBook {
    pub(in crate::cluster) todo: RangeSet,
    /// Units that failed, by the first of them.
    pub(in crate::cluster) returned: BTreeMap<FrameNo, (FrameRange, Returned)>,
    pub(in crate::cluster) units_leased: u64,
    pub(in crate::cluster) pieces: Pieces,
}

impl TrackBook {
    /// All units are to do.
    pub(in crate::cluster) fn new(track: &Track) -> Self {
        let todo = if track.given_up.is_none() { RangeSet::whole(track.units) } else { RangeSet::default() };
        Self { todo, ..Self::default() }
    }

    /// Something could be handed out.
    pub(in crate::cluster) fn has_work(&self) -> bool {
        !self.todo.is_empty() || !self.returned.is_empty()
    }

    /// Nothing of it is left to do.
    pub(in crate::cluster) fn is_done(&self, track: &Track) -> bool {
        track.given_up.is_some() || self.pieces.units() == track.units
    }

    /// Whether the client failed at anything that waits to be tried again.
    pub(in crate::cluster) fn failed_on(&self, client: &ClientId) -> bool {
        self.returned.values().any(|(_, returned)| returned.past.failed_on.contains(client))
    }

    /// As pieces, and once more joined.
    pub(in crate::cluster) fn bytes_for(&self, units: u64) -> u64 {
        (self.pieces.bytes_per_unit() * 2.0 * units as f64) as u64
    }

    /// For what is leased, and to join what is kept.
    pub(in crate::cluster) fn promised_bytes(&self) -> u64 {
        self.bytes_for(self.units_leased) + self.pieces.bytes()
    }

    /// For the shortest segment that may yet be handed out.
    pub(in crate::cluster) fn segment_bytes(&self, track: &Track) -> u64 {
        if self.has_work() { self.bytes_for(SEGMENT_FRAMES_MIN.min(track.units)) } else { 0 }
    }
}
