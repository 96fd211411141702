//! One track of a job: its units that are to do, returned, leased and kept.

use std::collections::BTreeSet;

use crate::cluster::change::RememberedPiece;
use crate::cluster::jobs::lease::{Lease, Returned};
use crate::cluster::jobs::pieces::Pieces;
use crate::cluster::jobs::returned::ReturnedUnits;
use crate::frames::{FrameNo, FrameRange, RangeSet};
use crate::ids::LeaseId;
use crate::limits::SEGMENT_FRAMES_MIN;
use crate::media::plan::track::{Segment, Track};

#[derive(Debug, Default)]
pub(in crate::cluster) struct TrackBook {
    todo: RangeSet,
    returned: ReturnedUnits,
    units_leased: u64,
    leased_first: BTreeSet<LeaseId>,
    /// Leases of which frames are decoded twice, with their first units.
    leased_twice: BTreeSet<(LeaseId, FrameNo)>,
    pieces: Pieces,
}

impl TrackBook {
    /// All units are to do, unless the track is given up.
    pub(super) fn new(track: &Track) -> Self {
        let todo = if track.given_up.is_none() { RangeSet::whole(track.units) } else { RangeSet::default() };
        Self { todo, ..Self::default() }
    }

    pub(in crate::cluster) const fn todo(&self) -> &RangeSet {
        &self.todo
    }

    pub(in crate::cluster) const fn returned(&self) -> &ReturnedUnits {
        &self.returned
    }

    pub(in crate::cluster) const fn pieces(&self) -> &Pieces {
        &self.pieces
    }

    pub(in crate::cluster) const fn units_leased(&self) -> u64 {
        self.units_leased
    }

    /// Leases that begin with the first unit: one, or two twins.
    pub(in crate::cluster) const fn leased_first(&self) -> &BTreeSet<LeaseId> {
        &self.leased_first
    }

    /// Leases of which frames are decoded twice, with their first units.
    pub(in crate::cluster) const fn leased_twice(&self) -> &BTreeSet<(LeaseId, FrameNo)> {
        &self.leased_twice
    }

    /// Whether units are to do or returned that can't all be part of the track's first segment.
    pub(in crate::cluster) fn has_later_work(&self) -> bool {
        let returned = self.returned.iter().map(|returned| returned.units);
        self.todo.iter().chain(returned).any(|units| units.start > 0)
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
    pub(super) fn promised_bytes(&self) -> u64 {
        self.bytes_for(self.units_leased) + self.pieces.bytes()
    }

    /// Estimated bytes for the shortest segment that may yet be handed out. 0 if nothing is to do.
    pub(super) fn segment_bytes(&self, track: &Track) -> u64 {
        if self.has_work() { self.bytes_for(SEGMENT_FRAMES_MIN.min(track.units)) } else { 0 }
    }
}

/// Each method takes units from a place or puts units into one; the caller does the other half.
impl TrackBook {
    /// Takes units that are to do. Returns false, and takes nothing, if they are not all to do.
    pub(super) fn take_todo(&mut self, units: FrameRange) -> bool {
        self.todo.remove(units)
    }

    /// Takes the failed units that begin with this one.
    pub(super) fn take_returned(&mut self, start: FrameNo) -> Option<Returned> {
        self.returned.take(start)
    }

    /// Puts units back, without a history of failures.
    pub(super) fn put_back(&mut self, units: FrameRange) {
        self.todo.insert(units);
    }

    /// Puts failed units back, with their history.
    pub(super) fn give_back(&mut self, returned: Returned) {
        self.returned.insert(returned);
    }

    pub(super) fn keep(&mut self, piece: &RememberedPiece) {
        self.pieces.keep(piece);
    }

    /// Stops keeping a piece. Returns its segment, whose units are in no place until the caller
    /// puts them back.
    pub(super) fn take_piece(&mut self, lease: LeaseId) -> Option<Segment> {
        Some(self.pieces.take(lease)?.segment)
    }

    pub(super) fn into_pieces(self) -> Pieces {
        self.pieces
    }

    pub(super) fn begin_lease(&mut self, id: LeaseId, lease: &Lease) {
        let units = lease.segment.units;
        self.units_leased += units.len();
        if units.start == 0 {
            self.leased_first.insert(id);
        }
        if lease.twice {
            self.leased_twice.insert((id, units.start));
        }
    }

    pub(super) fn end_lease(&mut self, id: LeaseId, lease: &Lease) {
        let units = lease.segment.units;
        self.units_leased -= units.len();
        self.leased_first.remove(&id);
        self.leased_twice.remove(&(id, units.start));
    }
}
