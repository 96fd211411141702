//! The queue: jobs in the order in which they are served, and how people change that order.

use std::ops::Bound::{Excluded, Unbounded};

use super::Jobs;
use super::ledger::Line;
use crate::cluster::place::{GAP, Place};
use crate::ids::JobId;
use crate::protocol::command::Priority;

/// On which side of another job a job is to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Side {
    Before,
    After,
}

impl Jobs {
    /// All jobs in the order in which they are served.
    pub(in crate::cluster) fn queue(&self) -> impl Iterator<Item = &JobId> {
        self.queue.values()
    }

    /// The place behind all jobs of this priority.
    pub(super) const fn last_place(&self, priority: Priority) -> Place {
        Place::new(priority, self.next_rank)
    }

    /// Puts the job behind all others of this priority.
    /// Returns its new place, or None if it has this priority already.
    pub(in crate::cluster) fn prioritize(&mut self, id: &JobId, priority: Priority) -> Option<Place> {
        let place = self.last_place(priority);
        if self.jobs.get(id)?.place().priority() == priority {
            return None;
        }
        self.put(id, place);
        Some(place)
    }

    /// Puts the job directly beside another one, whose priority it takes.
    /// Returns all jobs that have another place now: usually this one; if there was no gap, all of that priority.
    pub(in crate::cluster) fn put_beside(
        &mut self,
        id: &JobId,
        side: Side,
        other: &JobId,
    ) -> Vec<(JobId, Place)> {
        let Some(beside) = self.jobs.get(other).map(|job| job.place()) else { return Vec::new() };
        if let Some(place) = self.gap_beside(id, side, beside) {
            self.put(id, place);
            return vec![(id.clone(), place)];
        }
        self.spread(beside.priority());
        let beside = self.jobs[other].place();
        if let Some(place) = self.gap_beside(id, side, beside) {
            self.put(id, place);
        }
        self.of_priority(beside.priority())
    }

    /// A place between the given one and its neighbour on this side, other than the job itself.
    fn gap_beside(&self, id: &JobId, side: Side, beside: Place) -> Option<Place> {
        let is_other = |(place, job): &(&Place, &JobId)| place.priority() == beside.priority() && *job != id;
        let (low, high) = match side {
            Side::Before => {
                let before = self.queue.range(..beside).rev().take(2).find(is_other);
                (before.map_or(0, |(place, _)| place.rank()), beside.rank())
            }
            Side::After => {
                let after = self.queue.range((Excluded(beside), Unbounded)).take(2).find(is_other);
                let high = after.map_or(beside.rank() + 2 * GAP, |(place, _)| place.rank());
                (beside.rank(), high)
            }
        };
        let rank = low + (high - low) / 2;
        (rank > low).then(|| Place::new(beside.priority(), rank))
    }

    /// Spreads the jobs of this priority evenly. Only needed after some thirty moves to the same place.
    fn spread(&mut self, priority: Priority) {
        let all = self.of_priority(priority);
        // The ranks before and after could meet; behind all others they can't.
        for (id, _) in &all {
            let place = self.last_place(priority);
            self.put(id, place);
        }
    }

    fn of_priority(&self, priority: Priority) -> Vec<(JobId, Place)> {
        let all = self.queue.iter().filter(|(place, _)| place.priority() == priority);
        all.map(|(place, id)| (id.clone(), *place)).collect()
    }

    fn put(&mut self, id: &JobId, place: Place) {
        let Some(job) = self.jobs.get_mut(id) else { return };
        let (before, line) = (job.place(), Line::of(job));
        self.queue.remove(&before);
        self.ledger.forget(before, &line);
        job.set_place(place);
        self.queue.insert(place, id.clone());
        self.ledger.update(place, &Line::default(), &line);
        self.note_rank(place);
    }

    /// The next job to arrive comes behind this place.
    pub(super) fn note_rank(&mut self, place: Place) {
        self.next_rank = self.next_rank.max(place.rank() + GAP);
    }
}
