//! Late leases, and the deadlines of the others.

use std::collections::BTreeSet;

use crate::cluster::load::ByLoad;
use crate::ids::LeaseId;
use crate::media::plan::track::Load;
use crate::time::Millis;

#[derive(Debug, Default)]
pub(in crate::cluster) struct LateLeases {
    /// Leases without a twin whose segments are not encoded yet, in the order of their deadlines.
    due: ByLoad<BTreeSet<(Millis, LeaseId)>>,
    all: ByLoad<BTreeSet<LeaseId>>,
    /// Late leases for which the scheduler has not yet looked for a helper.
    new: BTreeSet<LeaseId>,
}

impl LateLeases {
    pub(super) fn add(&mut self, load: Load, id: LeaseId) {
        self.all[load].insert(id);
        self.new.insert(id);
    }

    pub(super) fn remove(&mut self, id: LeaseId) {
        self.all.iter_mut().for_each(|late| _ = late.remove(&id));
        self.new.remove(&id);
    }

    /// Notes a new deadline. None means that the segment is encoded or the lease has a twin.
    pub(super) fn note_due(&mut self, load: Load, id: LeaseId, before: Option<Millis>, now: Option<Millis>) {
        if before == now {
            return;
        }
        if let Some(before) = before {
            self.due[load].remove(&(before, id));
        }
        if let Some(now) = now {
            self.due[load].insert((now, id));
        }
    }

    /// Leases without a twin whose segments are not encoded yet, the latest deadline first.
    pub(in crate::cluster) fn last_due(&self, load: Load) -> impl Iterator<Item = LeaseId> {
        self.due[load].iter().rev().map(|(_, id)| *id)
    }

    pub(in crate::cluster) fn of(&self, load: Load) -> impl Iterator<Item = LeaseId> {
        self.all[load].iter().copied()
    }

    /// The next lease that has just become late; each is returned once.
    pub(super) fn next_new(&mut self) -> Option<LeaseId> {
        self.new.pop_first()
    }

    pub(in crate::cluster) fn has_new(&self) -> bool {
        !self.new.is_empty()
    }

    /// Panics and names the broken invariant.
    pub(super) fn check(
        &self,
        may_be_late: impl Fn(LeaseId) -> bool,
        due: &ByLoad<BTreeSet<(Millis, LeaseId)>>,
    ) {
        assert!(self.due == *due, "deadlines of leases");
        let all: BTreeSet<LeaseId> = self.all.iter().flatten().copied().collect();
        assert!(all.iter().all(|id| may_be_late(*id)), "a lease is late that has ended or has a twin");
        assert!(self.new.is_subset(&all), "a lease is newly late and not late");
    }
}
