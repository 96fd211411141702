//! Who holds which lease. Every request for a film's bytes, and every piece that arrives, is checked here.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId};

/// What a commit changes about leases.
#[derive(Debug, Clone)]
pub(crate) enum LeaseChange {
    Given {
        lease: LeaseId,
        job: JobId,
        client: ClientId,
    },
    Ended(LeaseId),
    /// The job has no more leases.
    AllEnded(JobId),
}

#[derive(Debug, Default)]
pub(crate) struct HeldLeases {
    by_lease: BTreeMap<LeaseId, JobId>,
    by_job: BTreeMap<JobId, BTreeMap<LeaseId, ClientId>>,
}

impl HeldLeases {
    pub(crate) fn hear(&mut self, change: LeaseChange) {
        match change {
            LeaseChange::Given { lease, job, client } => {
                self.by_lease.insert(lease, job.clone());
                self.by_job.entry(job).or_default().insert(lease, client);
            }
            LeaseChange::Ended(lease) => {
                let Some(job) = self.by_lease.remove(&lease) else { return };
                let Some(of_job) = self.by_job.get_mut(&job) else { return };
                of_job.remove(&lease);
                if of_job.is_empty() {
                    self.by_job.remove(&job);
                }
            }
            LeaseChange::AllEnded(job) => {
                for lease in self.by_job.remove(&job).unwrap_or_default().into_keys() {
                    self.by_lease.remove(&lease);
                }
            }
        }
    }

    pub(crate) fn has(&self, lease: LeaseId) -> bool {
        self.by_lease.contains_key(&lease)
    }

    fn is_theirs(&self, lease: LeaseId, client: &ClientId) -> bool {
        let of_job = self.by_lease.get(&lease).and_then(|job| self.by_job.get(job));
        of_job.is_some_and(|of_job| of_job.get(&lease) == Some(client))
    }

    fn has_one_of(&self, job: &JobId, client: &ClientId) -> bool {
        self.by_job.get(job).is_some_and(|of_job| of_job.values().any(|holder| holder == client))
    }
}

/// The committed leases, for request handlers. One change costs the same, however many leases there are.
#[derive(Debug, Clone, Default)]
pub struct Leases(Arc<RwLock<HeldLeases>>);

impl Leases {
    pub(crate) fn hear(&self, changes: impl Iterator<Item = LeaseChange>) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        changes.for_each(|change| held.hear(change));
    }

    pub(crate) fn job_of(&self, lease: LeaseId) -> Option<JobId> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).by_lease.get(&lease).cloned()
    }

    pub(crate) fn is_theirs(&self, lease: LeaseId, client: &ClientId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).is_theirs(lease, client)
    }

    pub(crate) fn has_one_of(&self, job: &JobId, client: &ClientId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).has_one_of(job, client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lease(seq: u64) -> LeaseId {
        LeaseId { boot: 1, seq }
    }

    #[test]
    fn a_lease_is_its_holders_until_it_ends_or_its_job_does() {
        let (a, b): (ClientId, ClientId) = ("a".parse().unwrap(), "b".parse().unwrap());
        let (one, two): (JobId, JobId) = ("one".parse().unwrap(), "two".parse().unwrap());
        let leases = Leases::default();
        let given = |seq, job: &JobId, client: &ClientId| LeaseChange::Given {
            lease: lease(seq),
            job: job.clone(),
            client: client.clone(),
        };
        leases.hear([given(1, &one, &a), given(2, &one, &b), given(3, &two, &a)].into_iter());
        assert!(leases.is_theirs(lease(1), &a) && !leases.is_theirs(lease(1), &b));
        assert!(leases.has_one_of(&two, &a) && !leases.has_one_of(&two, &b));
        leases.hear([LeaseChange::Ended(lease(1)), LeaseChange::Ended(lease(9))].into_iter());
        assert!(!leases.is_theirs(lease(1), &a) && !leases.has_one_of(&one, &a));
        assert!(leases.has_one_of(&one, &b));
        leases.hear([LeaseChange::AllEnded(one.clone()), LeaseChange::Ended(lease(3))].into_iter());
        assert!(!leases.is_theirs(lease(2), &b) && !leases.has_one_of(&one, &b));
        let held = leases.0.read().unwrap();
        assert!(held.by_lease.is_empty() && held.by_job.is_empty(), "{held:?}");
    }
}
