//! What is asked of all jobs at once, answered by the ledger.

use std::collections::BTreeSet;

use super::Jobs;
use crate::cluster::jobs::ledger::Arrival;
use crate::ids::JobId;
use crate::media::plan::track::Load;

impl Jobs {
    /// Bytes that will yet be needed here: for the pieces of leases, and to join what is made beside its pieces.
    pub(in crate::cluster) const fn promised_bytes(&self) -> u64 {
        self.ledger.promised_bytes
    }

    /// So many bytes at most are needed for the shortest segment of any job.
    pub(in crate::cluster) fn segment_bytes(&self) -> u64 {
        self.ledger.segment_bytes()
    }

    /// Whose frames are being listed just now.
    pub(in crate::cluster) const fn indexing(&self) -> usize {
        self.ledger.indexing
    }

    /// Whose frames nobody lists yet, in the order in which they came.
    pub(in crate::cluster) fn to_index(&self) -> impl Iterator<Item = &JobId> {
        self.ledger.to_index.iter().filter_map(|arrival| self.queue.get(arrival))
    }

    /// The next job from this place in the queue on that has segments of this load for whoever comes.
    pub(in crate::cluster) fn open_from(&self, load: Load, first: Arrival) -> Option<Arrival> {
        self.ledger.open[load].range(first..).next().copied()
    }

    /// The job at this place in the queue.
    pub(in crate::cluster) fn at(&self, place: Arrival) -> Option<&JobId> {
        self.queue.get(&place)
    }

    pub(in crate::cluster) fn has_fresh(&self) -> bool {
        !self.ledger.fresh.is_empty()
    }

    /// Open jobs that have something new; from now on they have not.
    pub(in crate::cluster) fn take_fresh(&mut self) -> BTreeSet<Arrival> {
        std::mem::take(&mut self.ledger.fresh)
    }

    /// A client that was refused before may get something of it now.
    pub(in crate::cluster) fn refresh(&mut self, id: &JobId) {
        if let Some(job) = self.jobs.get(id).filter(|job| job.is_open()) {
            self.ledger.fresh.insert(job.arrival);
        }
    }

    pub(in crate::cluster) fn refresh_all(&mut self) {
        self.ledger.open.iter().for_each(|open| self.ledger.fresh.extend(open));
    }

    /// Another client may be the fastest now.
    pub(in crate::cluster) fn refresh_whole(&mut self) {
        self.ledger.fresh.extend(&self.ledger.whole);
    }

    /// Its state may not be true any more.
    pub(in crate::cluster) fn touch(&mut self, id: &JobId) {
        self.ledger.touched.extend(self.jobs.get(id).map(|job| job.arrival));
    }

    /// Clients came or went.
    pub(in crate::cluster) fn touch_restless(&mut self) {
        self.ledger.touched.extend(&self.ledger.restless);
    }

    pub(in crate::cluster) fn next_touched(&mut self) -> Option<JobId> {
        let arrival = self.ledger.touched.pop_first()?;
        self.queue.get(&arrival).cloned()
    }
}
