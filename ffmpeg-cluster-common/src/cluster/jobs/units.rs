//! Moves units of a track from one place to another: to do, returned, leased and kept.

use crate::cluster::change::RememberedPiece;
use crate::cluster::jobs::Jobs;
use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::lease::Returned;
use crate::cluster::jobs::making::{Claimed, Making};
use crate::frames::FrameNo;
use crate::ids::{JobId, LeaseId};
use crate::media::plan::track::{Segment, TrackNo};

impl Job {
    /// Takes units that are to do. Returns false, and takes nothing, if they are not all to do.
    pub(in crate::cluster) fn take_todo(&mut self, segment: Segment) -> bool {
        self.making_mut().is_some_and(|making| making.take_todo(segment))
    }

    /// Takes the failed units of a track that begin with this one.
    pub(in crate::cluster) fn take_returned(&mut self, track: TrackNo, start: FrameNo) -> Option<Returned> {
        self.making_mut()?.take_returned(track, start)
    }

    /// Takes the units of a lease that an earlier run of the server granted.
    /// Returns None if they are neither to do, nor returned, nor covered by one lease of the same
    /// segment.
    pub(in crate::cluster) fn claim(&mut self, segment: Segment) -> Option<Claimed> {
        self.making_mut()?.claim(segment)
    }

    /// From now on only clients of this kind may make the track.
    pub(in crate::cluster) fn keep_to(&mut self, track: TrackNo, kind: String) {
        if let Some(making) = self.making_mut() {
            making.keep_to(track, kind);
        }
    }
}

/// These methods also update the set of leases whose pieces are kept.
impl Jobs {
    /// Stops keeping a piece. Returns the segment that is to do again.
    pub(in crate::cluster) fn doubt(&mut self, id: &JobId, lease: LeaseId) -> Option<Segment> {
        self.kept.remove(&lease);
        let segment = self.get_mut(id)?.making_mut()?.doubt(lease);
        // A track that comes after this one must wait again,
        // so there may be less to do than before.
        self.refresh(id);
        segment
    }

    /// Gives up a track: the job goes on without it.
    /// Returns the leases of pieces that are no longer kept.
    pub(in crate::cluster) fn give_up(&mut self, id: &JobId, track: TrackNo, why: String) -> Vec<LeaseId> {
        let Some(mut job) = self.get_mut(id) else { return Vec::new() };
        let old = job.making_mut().map(|making| making.give_up(track, why)).unwrap_or_default();
        drop(job);
        old.iter().for_each(|lease| _ = self.kept.remove(lease));
        old
    }

    pub(in crate::cluster) fn keep(&mut self, id: &JobId, piece: &RememberedPiece) {
        self.with_making(id, |making| making.keep(piece));
        self.kept.insert(piece.lease);
    }

    /// Puts a segment back.
    /// A segment with a history of failures waits for another attempt; any other is to do.
    pub(in crate::cluster) fn give_back(&mut self, id: &JobId, segment: Segment, returned: Option<Returned>) {
        self.with_making(id, |making| match returned {
            Some(returned) => making.give_back(segment.track, returned),
            None => making.put_back(segment),
        });
    }

    /// Changes the tracks of a job that has leases or pieces.
    /// Panics if there is no such job: nothing is committed yet, and a restart from the durable
    /// record is better than lost units.
    pub(super) fn with_making<T>(&mut self, id: &JobId, change: impl FnOnce(&mut Making) -> T) -> T {
        let mut job = self.get_mut(id).expect("leases and pieces have jobs");
        change(job.making_mut().expect("leases and pieces have films"))
    }
}
