//! The kept pieces of one track, by their leases and in the order of their units.
//!
//! A long film has very many pieces, so each holds only what the cluster needs.
//! Everything else is in the durable record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cluster::change::RememberedPiece;
use crate::frames::{FrameNo, FrameRange};
use crate::ids::{ClientId, LeaseId};
use crate::media::plan::piece::StreamParams;
use crate::media::plan::track::{Segment, TrackNo};
use crate::media::plan::witness::{DecodeComparison, Lead, PackedEnds};

#[derive(Debug, Clone, PartialEq)]
pub(in crate::cluster) struct KeptPiece {
    pub(in crate::cluster) lease: LeaseId,
    pub(in crate::cluster) segment: Segment,
    pub(in crate::cluster) client: ClientId,
    pub(in crate::cluster) bytes: u64,
    /// The parameters of the piece's streams.
    pub(in crate::cluster) params: Arc<Vec<StreamParams>>,
    /// Hashes of the source frames around the piece's ends.
    pub(in crate::cluster) ends: PackedEnds,
    /// Frames of the source were decoded a second time.
    was_compared: bool,
    /// The second decode gave other pictures.
    pub(in crate::cluster) differs: bool,
    told_lead: Lead,
}

impl KeptPiece {
    /// How far before the piece its decoder began.
    /// The decoder of the film's first piece always begins with the film, whatever lead it was told.
    pub(in crate::cluster) fn lead(&self) -> Lead {
        if self.segment.units.start == 0 { Lead::Beginning } else { self.told_lead }
    }
}

#[derive(Debug, Default)]
pub(in crate::cluster) struct Pieces {
    /// By their first unit.
    at: BTreeMap<FrameNo, Box<KeptPiece>>,
    by_lease: BTreeMap<LeaseId, FrameNo>,
    /// Pieces for which a second decode gave other pictures.
    differing: BTreeSet<LeaseId>,
    /// How many pieces were decoded a second time.
    compared: usize,
    /// One shared text for each client, however many pieces it made.
    clients: BTreeSet<ClientId>,
    units: u64,
    bytes: u64,
}

impl Pieces {
    pub(in crate::cluster) fn keep(&mut self, piece: &RememberedPiece) {
        let RememberedPiece { lease, segment, client, piece, .. } = piece;
        let findings = &piece.facts.findings;
        let kept = KeptPiece {
            lease: *lease,
            segment: *segment,
            client: self.shared_client(client),
            bytes: piece.bytes,
            params: self.shared_params(segment.units.start, &piece.facts.params),
            ends: PackedEnds::of(&findings.ends),
            was_compared: findings.second.is_some(),
            differs: matches!(findings.second, Some(DecodeComparison::Differs { .. })),
            told_lead: findings.lead,
        };
        self.units += segment.units.len();
        self.bytes += kept.bytes;
        self.compared += usize::from(kept.was_compared);
        if kept.differs {
            self.differing.insert(*lease);
        }
        self.by_lease.insert(*lease, segment.units.start);
        self.at.insert(segment.units.start, Box::new(kept));
    }

    fn shared_client(&mut self, client: &ClientId) -> ClientId {
        if !self.clients.contains(client) {
            self.clients.insert(client.clone());
        }
        self.clients.get(client).unwrap_or(client).clone()
    }

    /// Shares parameters with the track's first piece or with the preceding one, because pieces
    /// from one encoder are alike.
    fn shared_params(&self, start: FrameNo, params: &[StreamParams]) -> Arc<Vec<StreamParams>> {
        let neighbour = self.at.range(..start).next_back().map(|(_, piece)| piece.as_ref());
        let mut known = self.in_order().next().into_iter().chain(neighbour).map(|piece| &piece.params);
        let same = known.find(|known| known.as_slice() == params);
        same.map_or_else(|| Arc::new(params.to_vec()), Arc::clone)
    }

    pub(in crate::cluster) fn take(&mut self, lease: LeaseId) -> Option<KeptPiece> {
        let piece = *self.at.remove(&self.by_lease.remove(&lease)?)?;
        self.units -= piece.segment.units.len();
        self.bytes -= piece.bytes;
        self.compared -= usize::from(piece.was_compared);
        self.differing.remove(&lease);
        Some(piece)
    }

    /// Removes the first piece and returns its lease. Does not update the totals.
    pub(super) fn forget_one(&mut self) -> Option<LeaseId> {
        let (lease, start) = self.by_lease.pop_first()?;
        self.at.remove(&start);
        Some(lease)
    }

    pub(super) fn count(&self) -> usize {
        self.at.len()
    }

    pub(in crate::cluster) fn get(&self, lease: LeaseId) -> Option<&KeptPiece> {
        self.at.get(self.by_lease.get(&lease)?).map(Box::as_ref)
    }

    pub(in crate::cluster) fn leases(&self) -> impl Iterator<Item = LeaseId> {
        self.by_lease.keys().copied()
    }

    /// All pieces in the order of their units.
    pub(in crate::cluster) fn in_order(&self) -> impl Iterator<Item = &KeptPiece> {
        self.at.values().map(Box::as_ref)
    }

    /// The piece that begins with this unit.
    pub(in crate::cluster) fn beginning_at(&self, unit: FrameNo) -> Option<&KeptPiece> {
        self.at.get(&unit).map(Box::as_ref)
    }

    /// The piece that ends right before this unit.
    pub(in crate::cluster) fn ending_at(&self, unit: FrameNo) -> Option<&KeptPiece> {
        let (_, before) = self.at.range(..unit).next_back()?;
        Some(before.as_ref()).filter(|piece| piece.segment.units.end == unit)
    }

    /// The first piece for which a second decode gave other pictures.
    pub(in crate::cluster) fn differing(&self) -> Option<&KeptPiece> {
        self.get(*self.differing.first()?)
    }

    /// Whether frames of any piece were decoded a second time.
    pub(in crate::cluster) const fn were_compared(&self) -> bool {
        self.compared > 0
    }

    pub(in crate::cluster) const fn units(&self) -> u64 {
        self.units
    }

    pub(in crate::cluster) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Mean bytes of a unit. 0 until a piece is kept.
    pub(in crate::cluster) fn bytes_per_unit(&self) -> f64 {
        if self.units == 0 { 0.0 } else { self.bytes as f64 / self.units as f64 }
    }

    /// Panics and names the broken invariant.
    pub(in crate::cluster) fn check(&self) {
        let by_lease = self.at.values().map(|piece| (piece.lease, piece.segment.units.start));
        assert_eq!(
            by_lease.collect::<BTreeMap<_, _>>(),
            self.by_lease,
            "kept pieces are not listed by lease"
        );
        let starts = self.at.iter().all(|(start, piece)| piece.segment.units.start == *start);
        assert!(starts, "kept pieces stand in the wrong place");
        let units: u64 = self.in_order().map(|piece| piece.segment.units).map(FrameRange::len).sum();
        assert_eq!(units, self.units, "kept units are miscounted");
        let bytes: u64 = self.in_order().map(|piece| piece.bytes).sum();
        assert_eq!(bytes, self.bytes, "kept bytes are miscounted");
        let differing = self.in_order().filter(|piece| piece.differs).map(|piece| piece.lease);
        assert_eq!(differing.collect::<BTreeSet<_>>(), self.differing, "pieces that differ are miscounted");
        let compared = self.in_order().filter(|piece| piece.was_compared).count();
        assert_eq!(compared, self.compared, "pieces that were decoded twice are miscounted");
        let tracks: BTreeSet<TrackNo> = self.in_order().map(|piece| piece.segment.track).collect();
        assert!(tracks.len() <= 1, "pieces of several tracks stand in one book");
    }
}
