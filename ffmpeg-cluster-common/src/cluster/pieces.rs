//! The pieces of one track that are kept: by their leases, and in the order of their units.

use std::collections::{BTreeMap, BTreeSet};

use super::change::RememberedPiece;
use crate::frames::{FrameNo, FrameRange};
use crate::ids::LeaseId;
use crate::media::plan::witness::Second;

#[derive(Debug, Default)]
pub(super) struct Pieces {
    kept: BTreeMap<LeaseId, RememberedPiece>,
    /// By their first unit.
    at: BTreeMap<FrameNo, LeaseId>,
    /// Those of which a second decode gave other pictures.
    differing: BTreeSet<LeaseId>,
    units: u64,
    bytes: u64,
}

impl Pieces {
    pub(super) fn keep(&mut self, piece: RememberedPiece) {
        let (lease, units) = (piece.lease, piece.segment.units);
        self.at.insert(units.start, lease);
        self.units += units.len();
        self.bytes += piece.piece.bytes;
        if is_differing(&piece) {
            self.differing.insert(lease);
        }
        self.kept.insert(lease, piece);
    }

    pub(super) fn take(&mut self, lease: LeaseId) -> Option<RememberedPiece> {
        let piece = self.kept.remove(&lease)?;
        let units = piece.segment.units;
        self.at.remove(&units.start);
        self.units -= units.len();
        self.bytes -= piece.piece.bytes;
        self.differing.remove(&lease);
        Some(piece)
    }

    pub(super) fn get(&self, lease: LeaseId) -> Option<&RememberedPiece> {
        self.kept.get(&lease)
    }

    /// In the order in which they were leased.
    pub(super) fn iter(&self) -> impl Iterator<Item = &RememberedPiece> {
        self.kept.values()
    }

    pub(super) fn leases(&self) -> impl Iterator<Item = LeaseId> {
        self.kept.keys().copied()
    }

    /// In the order of their units.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &RememberedPiece> {
        self.at.values().filter_map(|lease| self.kept.get(lease))
    }

    /// The piece that begins with this unit.
    pub(super) fn beginning_at(&self, unit: FrameNo) -> Option<&RememberedPiece> {
        self.kept.get(self.at.get(&unit)?)
    }

    /// The piece whose last unit stands right before this one.
    pub(super) fn ending_at(&self, unit: FrameNo) -> Option<&RememberedPiece> {
        let (_, before) = self.at.range(..unit).next_back()?;
        self.kept.get(before).filter(|piece| piece.segment.units.end == unit)
    }

    /// The first of those of which a second decode gave other pictures.
    pub(super) fn differing(&self) -> Option<&RememberedPiece> {
        self.kept.get(self.differing.first()?)
    }

    pub(super) const fn units(&self) -> u64 {
        self.units
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Nothing is known before the first.
    pub(super) fn bytes_per_unit(&self) -> f64 {
        if self.units == 0 { 0.0 } else { self.bytes as f64 / self.units as f64 }
    }

    /// Panics with the invariant that is broken.
    pub(super) fn check(&self) {
        let ranges: Vec<FrameRange> = self.kept.values().map(|piece| piece.segment.units).collect();
        let starts: BTreeSet<FrameNo> = ranges.iter().map(|range| range.start).collect();
        assert_eq!(
            starts,
            self.at.keys().copied().collect(),
            "kept pieces are missing in the order of their units"
        );
        let units: u64 = ranges.iter().copied().map(FrameRange::len).sum();
        assert_eq!(units, self.units, "kept units are miscounted");
        let bytes: u64 = self.in_order().map(|piece| piece.piece.bytes).sum();
        assert_eq!(bytes, self.bytes, "kept bytes are miscounted");
        let differing: BTreeSet<LeaseId> =
            self.kept.values().filter(|piece| is_differing(piece)).map(|piece| piece.lease).collect();
        assert_eq!(differing, self.differing, "pieces that differ are miscounted");
    }
}

fn is_differing(piece: &RememberedPiece) -> bool {
    matches!(piece.piece.facts.findings.second, Some(Second::Differs { .. }))
}
