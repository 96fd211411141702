//! Leases that are late.

use std::collections::BTreeSet;

use crate::cluster::load::ByLoad;
use crate::ids::LeaseId;
use crate::media::plan::track::Load;

#[derive(Debug, Default)]
pub(super) struct Late {
    all: ByLoad<BTreeSet<LeaseId>>,
    /// Those for which the scheduler has not yet looked for a helper.
    new: BTreeSet<LeaseId>,
}

impl Late {
    pub(super) fn add(&mut self, load: Load, id: LeaseId) {
        self.all[load].insert(id);
        self.new.insert(id);
    }

    pub(super) fn remove(&mut self, id: LeaseId) {
        self.all.iter_mut().for_each(|late| _ = late.remove(&id));
        self.new.remove(&id);
    }

    pub(super) fn of(&self, load: Load) -> impl Iterator<Item = LeaseId> {
        self.all[load].iter().copied()
    }

    /// The next lease that has just become late; each is returned once.
    pub(super) fn next_new(&mut self) -> Option<LeaseId> {
        self.new.pop_first()
    }

    pub(super) fn has_new(&self) -> bool {
        !self.new.is_empty()
    }

    /// Panics with the invariant that is broken.
    pub(super) fn check(&self, may_be_late: impl Fn(LeaseId) -> bool) {
        let all: BTreeSet<LeaseId> = self.all.iter().flatten().copied().collect();
        assert!(all.iter().all(|id| may_be_late(*id)), "a lease is late that has ended or has a twin");
        assert!(self.new.is_subset(&all), "a lease is newly late and not late");
    }
}
