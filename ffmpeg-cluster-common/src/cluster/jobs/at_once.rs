//! Questions about all jobs at once, which the ledger answers.

use std::collections::BTreeSet;

use super::Jobs;
use crate::cluster::jobs::ledger::Arrival;
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

    /// How many jobs have their frames listed by the server now.
    pub(in crate::cluster) const fn indexing(&self) -> usize {
        self.ledger.indexing
    }

    /// Jobs whose frames are not being listed yet, in the order of their arrival.
    pub(in crate::cluster) fn to_index(&self) -> impl Iterator<Item = &JobId> {
        self.ledger.to_index.iter().filter_map(|arrival| self.queue.get(arrival))
    }

    /// The first job from this place in the queue on that has segments of this load to hand out.
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

    /// Takes the open jobs that have something new, and clears that mark.
    pub(in crate::cluster) fn take_fresh(&mut self) -> BTreeSet<Arrival> {
        std::mem::take(&mut self.ledger.fresh)
    }

    /// Marks an open job as fresh: a client that found nothing in it may find something now.
    pub(in crate::cluster) fn refresh(&mut self, id: &JobId) {
        if let Some(job) = self.jobs.get(id).filter(|job| job.is_open()) {
            self.ledger.fresh.insert(job.arrival);
        }
    }

    pub(in crate::cluster) fn refresh_all(&mut self) {
        self.ledger.open.iter().for_each(|open| self.ledger.fresh.extend(open));
    }

    /// Marks jobs as fresh that only the fastest client gets,
    /// because another may be the fastest now.
    pub(in crate::cluster) fn refresh_whole(&mut self) {
        self.ledger.fresh.extend(&self.ledger.whole);
    }

    /// Marks a job whose state must be settled again.
    pub(in crate::cluster) fn touch(&mut self, id: &JobId) {
        self.ledger.touched.extend(self.jobs.get(id).map(|job| job.arrival));
    }

    /// Marks jobs whose state may change because clients came or went.
    pub(in crate::cluster) fn touch_restless(&mut self) {
        self.ledger.touched.extend(&self.ledger.restless);
    }

    pub(in crate::cluster) fn next_touched(&mut self) -> Option<JobId> {
        let arrival = self.ledger.touched.pop_first()?;
        self.queue.get(&arrival).cloned()
    }
}
