//! Events outside jobs that change what work clients may find in them.

use std::collections::BTreeSet;

use crate::cluster::jobs::Jobs;
use crate::cluster::jobs::ledger::Ledger;
use crate::cluster::jobs::marks::Marks;
use crate::cluster::place::Place;
use crate::ids::JobId;
use crate::media::plan::track::Segment;

impl Jobs {
    pub(in crate::cluster) const fn marks(&mut self) -> &mut Marks {
        &mut self.ledger.marks
    }

    pub(in crate::cluster) fn next_touched(&mut self) -> Option<JobId> {
        let place = self.ledger.marks.touched.pop_first()?;
        self.queue.at(place).cloned()
    }

    /// Takes up to `most` of the jobs whose state may change because clients came or went.
    pub(in crate::cluster) fn take_restless(&mut self, most: usize) -> Vec<JobId> {
        let restless = &mut self.ledger.marks.restless;
        let taken = std::iter::from_fn(|| restless.pop_first()).take(most);
        taken.filter_map(|place| self.queue.at(place).cloned()).collect()
    }

    /// Ends the delay of units that failed.
    pub(in crate::cluster) fn end_delay(&mut self, id: &JobId, segment: Segment) {
        let making = self.get(id).and_then(|job| job.under_way());
        let waits = making.filter(|making| making.film.has(segment.track));
        if waits
            .is_some_and(|making| making.book(segment.track).returned().get(segment.units.start).is_some())
        {
            self.refresh(id);
        }
    }

    /// Marks that other clients than before may get work: some came, left, were paused or readmitted.
    /// A job that waits for clients may begin, or may have to wait again.
    /// Failed units may now suit a client that failed at them, and another worker may be the
    /// fastest for an indivisible track.
    /// Every able client may take all other units, so nothing changes for those.
    pub(in crate::cluster) fn mark_clients_changed(&mut self) {
        self.ledger.marks.restless.extend(&self.ledger.restless);
        self.ledger.marks.news.fresh.extend(&self.ledger.with_returned);
        self.mark_speeds_changed();
    }

    /// Marks that another worker may be the fastest. Only the fastest gets an indivisible track.
    pub(in crate::cluster) fn mark_speeds_changed(&mut self) {
        self.ledger.marks.news.fresh.extend(&self.ledger.whole);
    }

    /// Marks that the disk now has space for units of these jobs that did not fit before.
    pub(in crate::cluster) fn mark_space_grown(&mut self, held_back: BTreeSet<Place>) {
        let Ledger { marks, open, .. } = &mut self.ledger;
        let is_open = |job: &Place| open.iter().any(|open| open.contains(job));
        marks.news.fresh.extend(held_back.into_iter().filter(is_open));
    }

    /// Marks an open job as fresh: a client that found nothing in it may find something now.
    pub(in crate::cluster) fn refresh(&mut self, id: &JobId) {
        if let Some(job) = self.jobs.get(id).filter(|job| job.is_open()) {
            self.ledger.marks.news.fresh.insert(job.place());
        }
    }
}
