//! The queue: jobs in the order in which they are served.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Unbounded};

use crate::cluster::place::{GAP, Place};
use crate::ids::JobId;
use crate::protocol::command::Priority;

/// On which side of another job a job is to stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Side {
    Before,
    After,
}

#[derive(Debug)]
pub(in crate::cluster) struct Queue {
    jobs: BTreeMap<Place, JobId>,
    /// The rank of the next job to arrive; behind all others.
    next_rank: u64,
}

impl Queue {
    pub(super) const fn new() -> Self {
        Self { jobs: BTreeMap::new(), next_rank: GAP }
    }

    /// All jobs in the order in which they are served.
    pub(in crate::cluster) fn iter(&self) -> impl Iterator<Item = &JobId> {
        self.jobs.values()
    }

    pub(in crate::cluster) fn at(&self, place: Place) -> Option<&JobId> {
        self.jobs.get(&place)
    }

    pub(super) fn len(&self) -> usize {
        self.jobs.len()
    }

    pub(super) fn insert(&mut self, place: Place, id: JobId) {
        self.next_rank = self.next_rank.max(place.rank() + GAP);
        self.jobs.insert(place, id);
    }

    pub(super) fn remove(&mut self, place: Place) {
        self.jobs.remove(&place);
    }

    /// The place behind all jobs of this priority.
    pub(in crate::cluster) const fn last_place(&self, priority: Priority) -> Place {
        Place::new(priority, self.next_rank)
    }

    pub(in crate::cluster) fn of_priority(&self, priority: Priority) -> Vec<(JobId, Place)> {
        let all = self.jobs.iter().filter(|(place, _)| place.priority() == priority);
        all.map(|(place, id)| (id.clone(), *place)).collect()
    }

    /// A place between the given one and its neighbour on this side, other than the job itself.
    /// Returns None if there is no gap.
    pub(in crate::cluster) fn gap_beside(&self, id: &JobId, side: Side, beside: Place) -> Option<Place> {
        let is_other = |(place, job): &(&Place, &JobId)| place.priority() == beside.priority() && *job != id;
        let (low, high) = match side {
            Side::Before => {
                let before = self.jobs.range(..beside).rev().take(2).find(is_other);
                (before.map_or(0, |(place, _)| place.rank()), beside.rank())
            }
            Side::After => {
                let after = self.jobs.range((Excluded(beside), Unbounded)).take(2).find(is_other);
                (beside.rank(), after.map_or(beside.rank() + 2 * GAP, |(place, _)| place.rank()))
            }
        };
        let rank = low + (high - low) / 2;
        (rank > low).then(|| Place::new(beside.priority(), rank))
    }
}
