//! One track of a job: its units that are to do, returned, leased and kept.

use std::collections::BTreeSet;

use crate::cluster::jobs::pieces::Pieces;
use crate::cluster::jobs::returned::ReturnedUnits;
use crate::frames::RangeSet;
use crate::ids::LeaseId;
use crate::limits::SEGMENT_FRAMES_MIN;
use crate::media::plan::track::Track;

#[derive(Debug, Default)]
pub(in crate::cluster) struct TrackBook {
    pub(in crate::cluster) todo: RangeSet,
    pub(in crate::cluster) returned: ReturnedUnits,
    pub(in crate::cluster) units_leased: u64,
    /// Leases that begin with the first unit: one, or two twins.
    pub(in crate::cluster) leased_first: BTreeSet<LeaseId>,
    pub(in crate::cluster) pieces: Pieces,
}

impl TrackBook {
    /// All units are to do, unless the track is given up.
    pub(in crate::cluster) fn new(track: &Track) -> Self {
        let todo = if track.given_up.is_none() { RangeSet::whole(track.units) } else { RangeSet::default() };
        Self { todo, ..Self::default() }
    }

    /// Whether units are to do or returned.
    pub(in crate::cluster) fn has_work(&self) -> bool {
        !self.todo.is_empty() || !self.returned.is_empty()
    }

    /// Whether nothing is left to do.
    pub(in crate::cluster) fn is_done(&self, track: &Track) -> bool {
        track.given_up.is_some() || self.pieces.units() == track.units
    }

    /// Estimated bytes on the server's disk for these units: as pieces, and once more when joined.
    pub(in crate::cluster) fn bytes_for(&self, units: u64) -> u64 {
        (self.pieces.bytes_per_unit() * 2.0 * units as f64) as u64
    }

    /// Estimated bytes that are still needed: for leased units, and to join the kept pieces.
    pub(in crate::cluster) fn promised_bytes(&self) -> u64 {
        self.bytes_for(self.units_leased) + self.pieces.bytes()
    }

    /// Estimated bytes for the shortest segment that may yet be handed out. 0 if nothing is to do.
    pub(in crate::cluster) fn segment_bytes(&self, track: &Track) -> u64 {
        if self.has_work() { self.bytes_for(SEGMENT_FRAMES_MIN.min(track.units)) } else { 0 }
    }
}
