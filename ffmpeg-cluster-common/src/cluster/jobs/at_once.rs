//! Questions about all jobs at once, which the ledger answers.

use std::ops::Bound;

use super::Jobs;
use crate::cluster::place::Place;
use crate::ids::JobId;
use crate::media::plan::track::Load;

impl Jobs {
    /// Estimated bytes still needed on the server's disk: for pieces of leases,
    /// and to join kept pieces.
    pub(in crate::cluster) const fn promised_bytes(&self) -> u64 {
        self.ledger.promised_bytes
    }

    /// Enough bytes for the shortest segment of any job.
    pub(in crate::cluster) fn segment_bytes(&self) -> u64 {
        self.ledger.segment_bytes()
    }

    /// How many jobs the server is indexing now.
    pub(in crate::cluster) const fn indexing(&self) -> usize {
        self.ledger.indexing
    }

    /// Jobs whose frames are not being listed yet, in the order in which they are served.
    pub(in crate::cluster) fn to_index(&self) -> impl Iterator<Item = &JobId> {
        self.ledger.to_index.iter().filter_map(|place| self.queue.at(*place))
    }

    /// The first job behind this place in the queue that has segments of this load to hand out.
    pub(in crate::cluster) fn open_behind(&self, load: Load, last: Bound<Place>) -> Option<Place> {
        self.ledger.open[load].range((last, Bound::Unbounded)).next().copied()
    }

    /// The units to do of all jobs.
    pub(in crate::cluster) const fn units_todo(&self) -> u64 {
        self.ledger.units_todo
    }
}
