//! Counts the entries of each collection, and checks that all indexes agree.

use std::collections::BTreeSet;

use super::Jobs;
use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::lease::Lease;
use crate::cluster::jobs::ledger::Ledger;
use crate::cluster::jobs::pieces::Pieces;
use crate::cluster::load::ByLoad;
use crate::ids::LeaseId;
use crate::media::plan::track::Load;
use crate::time::Millis;

/// The number of entries in each collection.
pub(in crate::cluster) struct Counts {
    pub(in crate::cluster) jobs: usize,
    pub(in crate::cluster) leases: usize,
    pub(in crate::cluster) kept: usize,
}

impl Jobs {
    pub(in crate::cluster) fn counts(&self) -> Counts {
        Counts { jobs: self.jobs.len(), leases: self.leases.len(), kept: self.kept.len() }
    }

    /// Panics and names the broken invariant.
    pub(in crate::cluster) fn check(&self) {
        for (id, job) in &self.jobs {
            assert_eq!(self.queue.at(job.place()), Some(id), "job {id} has no place in the queue");
            for (lease, _) in job.leases() {
                assert_eq!(self.leases.get(lease), Some(id), "lease {lease} is not listed");
            }
            for (_, book) in job.tracks() {
                book.pieces().check();
                book.returned().check();
            }
        }
        assert_eq!(
            self.ledger,
            Ledger::of(self.jobs.values(), &self.ledger.marks),
            "the ledger is not as the jobs are"
        );
        assert_eq!(self.queue.len(), self.jobs.len(), "the queue holds jobs that are gone");
        let promised: usize = self.jobs.values().map(|job| job.leases().count()).sum();
        assert_eq!(promised, self.leases.len(), "leases are listed that no job has");
        let kept = self.jobs.values().flat_map(Job::pieces).inspect(|piece| {
            assert!(self.kept.contains(&piece.lease), "the kept piece of {} is not listed", piece.lease);
        });
        let ended: usize = self.ended.iter().map(Pieces::count).sum();
        assert_eq!(kept.count() + ended, self.kept.len(), "pieces are listed that no job keeps");
        let due = ByLoad::of(|load| due(self, load));
        let may_be_late = |id| self.lease_of(id).is_some_and(|(_, lease): (_, &Lease)| lease.twin.is_none());
        self.late.check(may_be_late, &due);
    }
}

/// The deadlines, recomputed from all leases.
fn due(jobs: &Jobs, load: Load) -> BTreeSet<(Millis, LeaseId)> {
    let leases = jobs.leases.keys().filter_map(|id| Some((*id, jobs.lease_of(*id)?)));
    let of_load = leases.filter(|(_, (making, lease))| making.load_of(lease) == load);
    of_load.filter_map(|(id, (_, lease))| Some((lease.due()?, id))).collect()
}
