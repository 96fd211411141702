//! The leases of all jobs, by their numbers.

use super::{JobTrack, Jobs, LeaseMut};
use crate::cluster::jobs::change::{Hold, LeaseFollower};
use crate::cluster::jobs::late::LateLeases;
use crate::cluster::jobs::lease::{Lease, RemovedLease};
use crate::cluster::jobs::making::Making;
use crate::ids::{JobId, LeaseId};

impl Jobs {
    /// Adds a lease under a number that was never used before.
    pub(in crate::cluster) fn promise(&mut self, id: &JobId, lease: Lease) -> LeaseId {
        let number = LeaseId { boot: self.boot, seq: self.next_lease };
        self.next_lease += 1;
        self.promise_as(id, number, lease);
        number
    }

    /// Adds a lease under a number that an earlier run of the server gave it.
    pub(in crate::cluster) fn promise_as(&mut self, id: &JobId, number: LeaseId, lease: Lease) {
        let due = lease.due();
        let load = self.with_making(id, |making| making.begin_lease(number, lease));
        self.late.note_due(load, number, None, due);
        self.leases.insert(number, id.clone());
    }

    /// Removes a lease; its twin goes on alone.
    pub(in crate::cluster) fn take(&mut self, id: LeaseId) -> Option<RemovedLease> {
        let job = self.leases.remove(&id)?;
        let lease = self.with_making(&job, |making| making.end_lease(id)).expect("books agree");
        self.late.remove(id);
        let load = self.jobs[&job].making().expect("leases have films").load_of(&lease);
        self.late.note_due(load, id, lease.due(), None);
        if let Some(twin) = lease.twin {
            self.go_on_alone(twin);
        }
        Some(RemovedLease { id, job, lease })
    }

    /// Makes two leases of one segment twins: the first good piece wins.
    pub(in crate::cluster) fn pair(&mut self, id: LeaseId, twin: LeaseId) {
        for (one, other) in [(id, twin), (twin, id)] {
            if let Some(mut lease) = self.lease_mut(one) {
                lease.set_twin(Some(other));
            }
        }
        self.late.remove(id);
    }

    fn go_on_alone(&mut self, id: LeaseId) {
        if let Some(mut lease) = self.lease_mut(id) {
            lease.set_twin(None);
        }
    }

    pub(in crate::cluster) fn job_of(&self, lease: LeaseId) -> Option<&JobId> {
        self.leases.get(&lease)
    }

    pub(in crate::cluster) fn lease_of(&self, id: LeaseId) -> Option<(&Making, &Lease)> {
        let making = self.jobs.get(self.leases.get(&id)?)?.making()?;
        Some((making, making.leases().get(&id)?))
    }

    /// Borrows the lease for a change. Dropping the returned value updates the marks.
    pub(in crate::cluster) fn lease_mut(&mut self, id: LeaseId) -> Option<LeaseMut<'_>> {
        let job = self.jobs.get_mut(self.leases.get(&id)?)?;
        let (place, making) = (job.place(), job.making_mut()?);
        let load = making.load_of(making.leases().get(&id)?);
        let lease = making.lease_mut(id)?;
        let (marks, late) = (&mut self.ledger.marks, &mut self.late);
        let (before, due_before) = (Hold::of(lease), lease.due());
        Some(LeaseMut::of(lease, LeaseFollower { id, job: place, marks, late, before, load, due_before }))
    }

    /// Whether this run of the server granted the lease.
    pub(in crate::cluster) fn is_of_this_boot(&self, lease: LeaseId) -> bool {
        lease.boot == self.boot
    }

    /// Marks a lease as late. Returns false, and marks nothing, if it has ended or has a twin.
    pub(in crate::cluster) fn mark_late(&mut self, id: LeaseId) -> bool {
        let alone = self.lease_of(id).is_some_and(|(_, lease)| lease.twin.is_none());
        if let Some(at) = self.track_of(id).filter(|_| alone) {
            self.late.add(at.track().load, id);
        }
        alone
    }

    /// Late leases, and the deadlines of the others.
    pub(in crate::cluster) const fn deadlines(&self) -> &LateLeases {
        &self.late
    }

    /// The track of a lease.
    pub(in crate::cluster) fn track_of(&self, id: LeaseId) -> Option<JobTrack> {
        let (job, lease) = (self.job_of(id)?, self.lease_of(id)?.1);
        self.track(job, lease.segment.track)
    }

    /// The next lease that has just become late; each is returned once.
    pub(in crate::cluster) fn next_newly_late(&mut self) -> Option<LeaseId> {
        self.late.next_new()
    }

    /// The most bytes that a piece of this lease may have. 0 if the lease has ended.
    pub(in crate::cluster) fn piece_bytes_max(&self, id: LeaseId) -> u64 {
        self.lease_of(id).map_or(0, |(making, lease)| making.film.piece_bytes_max(lease.segment))
    }
}
