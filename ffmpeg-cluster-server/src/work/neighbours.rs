//! Which kept pieces of a job are neighbours, and which of their seams are known to be good.
//! A restart forgets this; the proof then decodes more seams of the result.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ffmpeg_cluster_common::cluster::change::RememberedPiece;
use ffmpeg_cluster_common::frames::FrameNo;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::media::plan::track::TrackNo;
use ffmpeg_cluster_common::media::proof::seams;

/// The seams of one job that were decoded before its join.
#[derive(Debug, Default)]
pub(crate) struct Seams(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Pieces that lack a neighbour: a long film has many pieces, and few gaps.
    alone: BTreeMap<(TrackNo, FrameNo), Alone>,
    /// First frames of the right pieces of seams whose decoding has begun.
    begun: BTreeSet<FrameNo>,
    good: BTreeSet<(LeaseId, LeaseId)>,
    /// The join has begun, and decodes the remaining seams.
    joining: bool,
}

#[derive(Debug)]
struct Alone {
    piece: RememberedPiece,
    has_left: bool,
    has_right: bool,
}

/// Two neighbours of one track.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(super) left: RememberedPiece,
    pub(super) right: RememberedPiece,
}

impl Seams {
    /// Notes a kept piece, and pairs it with each neighbour that is kept, too.
    pub(crate) fn keep(&self, piece: &RememberedPiece) -> Vec<Pair> {
        let alone = &mut self.state().alone;
        let (track, units) = (piece.segment.track, piece.segment.units);
        let mut new = Alone { piece: piece.clone(), has_left: units.start == 0, has_right: false };
        let mut pairs = Vec::new();
        let before = alone.range_mut(..(track, units.start)).next_back().map(|(_, left)| left);
        let is_left = |left: &&mut Alone| {
            left.piece.segment.track == track && left.piece.segment.units.end == units.start
        };
        if let Some(left) = before.filter(is_left) {
            (left.has_right, new.has_left) = (true, true);
            pairs.push(Pair { left: left.piece.clone(), right: piece.clone() });
        }
        if let Some(right) = alone.get_mut(&(track, units.end)) {
            (right.has_left, new.has_right) = (true, true);
            pairs.push(Pair { left: piece.clone(), right: right.piece.clone() });
        }
        alone.insert((track, units.start), new);
        alone.retain(|_, one| !(one.has_left && one.has_right));
        pairs
    }

    /// From now on no seam is begun: the join would have to wait for it.
    pub(crate) fn join(&self) {
        self.state().joining = true;
    }

    /// Whether the seam was decoded and is good.
    pub(super) fn has_good(&self, left: &RememberedPiece, right: &RememberedPiece) -> bool {
        self.state().good.contains(&(left.lease, right.lease))
    }

    /// Whether this seam should be decoded now. True at most once for each seam.
    pub(super) fn begin(&self, at: FrameNo, frames: u64) -> bool {
        let mut state = self.state();
        !state.joining && seams::is_worth_decoding(at, &state.begun, frames) && state.begun.insert(at)
    }

    pub(super) fn note_good(&self, pair: &Pair) {
        self.state().good.insert((pair.left.lease, pair.right.lease));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A poisoned lock is safe to use: a set that lacks an entry only costs a second decode.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use ffmpeg_cluster_common::cluster::event::CheckedPiece;
    use ffmpeg_cluster_common::media::plan::piece::PieceFacts;

    use super::*;
    use crate::samples::pictures;

    fn piece(start: FrameNo, end: FrameNo) -> RememberedPiece {
        let facts = PieceFacts {
            frames: end - start,
            params: Vec::new(),
            findings: Default::default(),
            encoder: None,
            begins: None,
        };
        RememberedPiece {
            lease: LeaseId { boot: 1, seq: start },
            segment: pictures(start, end),
            client: "a".parse().expect("an identity"),
            piece: CheckedPiece { bytes: 1, sha256: String::new(), facts },
            encode_ms: 1,
        }
    }

    fn met(seams: &Seams, start: FrameNo, end: FrameNo) -> Vec<FrameNo> {
        seams.keep(&piece(start, end)).iter().map(|pair| pair.right.segment.units.start).collect()
    }

    #[test]
    fn neighbours_meet_in_any_order_and_are_forgotten_between_two_others() {
        let seams = Seams::default();
        assert!(met(&seams, 20, 30).is_empty());
        assert!(met(&seams, 0, 10).is_empty());
        assert_eq!(met(&seams, 10, 20), [10, 20]);
        assert_eq!(met(&seams, 30, 40), [30]);
        assert_eq!(seams.state().alone.len(), 1, "only the last one may still meet another");
    }

    #[test]
    fn nothing_is_begun_twice_or_beside_the_join() {
        let seams = Seams::default();
        assert!(seams.begin(10, 100) && !seams.begin(10, 100));
        seams.join();
        assert!(!seams.begin(20, 100));
    }
}
