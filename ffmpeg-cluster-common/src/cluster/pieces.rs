//! The pieces of one job that are kept: by their leases, and in the order of their frames.

use std::collections::{BTreeMap, BTreeSet};

use super::change::RememberedPiece;
use crate::frames::{FrameNo, FrameRange};
use crate::ids::LeaseId;
use crate::media::plan::witness::Second;

#[derive(Debug, Default)]
pub(super) struct Pieces {
    kept: BTreeMap<LeaseId, RememberedPiece>,
    /// Those with pictures, by their first frame.
    at: BTreeMap<FrameNo, LeaseId>,
    /// Those of which a second decode gave other pictures.
    differing: BTreeSet<LeaseId>,
    /// Of the pieces with pictures.
    frames: u64,
    bytes: u64,
}

impl Pieces {
    pub(super) fn keep(&mut self, piece: RememberedPiece) {
        let lease = piece.lease;
        if let Some(range) = piece.share {
            self.at.insert(range.start, lease);
            self.frames += range.len();
            self.bytes += piece.piece.bytes;
        }
        if is_differing(&piece) {
            self.differing.insert(lease);
        }
        self.kept.insert(lease, piece);
    }

    pub(super) fn take(&mut self, lease: LeaseId) -> Option<RememberedPiece> {
        let piece = self.kept.remove(&lease)?;
        if let Some(range) = piece.share {
            self.at.remove(&range.start);
            self.frames -= range.len();
            self.bytes -= piece.piece.bytes;
        }
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

    /// Those with pictures, in the order of their frames.
    pub(super) fn pictures(&self) -> impl Iterator<Item = &RememberedPiece> {
        self.at.values().filter_map(|lease| self.kept.get(lease))
    }

    /// The piece that begins with this frame.
    pub(super) fn beginning_at(&self, frame: FrameNo) -> Option<&RememberedPiece> {
        self.kept.get(self.at.get(&frame)?)
    }

    /// The piece whose last frame stands right before this one.
    pub(super) fn ending_at(&self, frame: FrameNo) -> Option<&RememberedPiece> {
        let (_, before) = self.at.range(..frame).next_back()?;
        self.kept.get(before).filter(|piece| piece.share.is_some_and(|range| range.end == frame))
    }

    /// The first of those of which a second decode gave other pictures.
    pub(super) fn differing(&self) -> Option<&RememberedPiece> {
        self.kept.get(self.differing.first()?)
    }

    pub(super) const fn frames(&self) -> u64 {
        self.frames
    }

    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Nothing is known before the first.
    pub(super) fn bytes_per_frame(&self) -> f64 {
        if self.frames == 0 { 0.0 } else { self.bytes as f64 / self.frames as f64 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Panics with the invariant that is broken.
    pub(super) fn check(&self) {
        let ranges: Vec<FrameRange> = self.kept.values().filter_map(|piece| piece.share).collect();
        let starts: BTreeSet<FrameNo> = ranges.iter().map(|range| range.start).collect();
        assert_eq!(
            starts,
            self.at.keys().copied().collect(),
            "kept pieces are missing in the order of frames"
        );
        let frames: u64 = ranges.iter().copied().map(FrameRange::len).sum();
        assert_eq!(frames, self.frames, "kept frames are miscounted");
        let bytes: u64 = self.pictures().map(|piece| piece.piece.bytes).sum();
        assert_eq!(bytes, self.bytes, "kept bytes are miscounted");
        let differing: BTreeSet<LeaseId> =
            self.kept.values().filter(|piece| is_differing(piece)).map(|piece| piece.lease).collect();
        assert_eq!(differing, self.differing, "pieces that differ are miscounted");
    }
}

fn is_differing(piece: &RememberedPiece) -> bool {
    matches!(piece.piece.facts.findings.second, Some(Second::Differs { .. }))
}
