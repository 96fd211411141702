//! Which pieces of a job that are kept are neighbours, and between which of them the seam is known to be good.
//! It is forgotten when the server ends; then the proof decodes more seams of the result.

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
    kept: BTreeMap<(TrackNo, FrameNo), RememberedPiece>,
    /// First frames of the later pieces of seams that are being decoded, or were.
    begun: BTreeSet<FrameNo>,
    good: BTreeSet<(LeaseId, LeaseId)>,
    /// The join decodes what is left.
    joining: bool,
}

/// Two neighbours of one track.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub(super) left: RememberedPiece,
    pub(super) right: RememberedPiece,
}

impl Seams {
    /// Notes a kept piece; gives it with each neighbour that is kept, too.
    pub(crate) fn keep(&self, piece: &RememberedPiece) -> Vec<Pair> {
        let mut state = self.state();
        let (track, units) = (piece.segment.track, piece.segment.units);
        state.kept.insert((track, units.start), piece.clone());
        let before = state.kept.range(..(track, units.start)).next_back().map(|(_, left)| left);
        let before =
            before.filter(|left| left.segment.track == track && left.segment.units.end == units.start);
        let after = state.kept.get(&(track, units.end));
        let pair = |left: &RememberedPiece, right: &RememberedPiece| Pair {
            left: left.clone(),
            right: right.clone(),
        };
        before
            .map(|left| pair(left, piece))
            .into_iter()
            .chain(after.map(|right| pair(piece, right)))
            .collect()
    }

    /// Nothing is begun any more that the join would have to wait for.
    pub(crate) fn join(&self) {
        self.state().joining = true;
    }

    /// Whether the seam was decoded, and was as it should be.
    pub(super) fn has_good(&self, left: &RememberedPiece, right: &RememberedPiece) -> bool {
        self.state().good.contains(&(left.lease, right.lease))
    }

    /// Whether this seam should be decoded now. Once for each.
    pub(super) fn begin(&self, at: FrameNo, frames: u64) -> bool {
        let mut state = self.state();
        !state.joining && seams::is_worth_decoding(at, &state.begun, frames) && state.begun.insert(at)
    }

    pub(super) fn note_good(&self, pair: &Pair) {
        self.state().good.insert((pair.left.lease, pair.right.lease));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A set that lacks an entry only costs a second look.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
