//! Jobs that have not ended: their order, and their leases and pieces by number.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Index;

use super::change::RememberedPiece;
use super::event::JobSpec;
use super::job::Job;
use super::lease::{Lease, Taken};
use crate::frames::FrameRange;
use crate::ids::{JobId, LeaseId};
use crate::media::plan::film::Film;

#[derive(Debug)]
pub(super) struct Jobs {
    boot: u32,
    next_lease: u64,
    next_arrival: u64,
    jobs: BTreeMap<JobId, Job>,
    /// The same in the order in which they came.
    queue: BTreeMap<u64, JobId>,
    leases: BTreeMap<LeaseId, JobId>,
    /// Leases that ended with a piece: their clients may ask again.
    kept: BTreeMap<LeaseId, JobId>,
    /// Leases that should have been done by now.
    late: BTreeSet<LeaseId>,
}

impl Index<&JobId> for Jobs {
    type Output = Job;
    fn index(&self, id: &JobId) -> &Job {
        &self.jobs[id]
    }
}

impl Jobs {
    pub(super) fn new(boot: u32) -> Self {
        Self {
            boot,
            next_lease: 1,
            next_arrival: 1,
            jobs: BTreeMap::new(),
            queue: BTreeMap::new(),
            leases: BTreeMap::new(),
            kept: BTreeMap::new(),
            late: BTreeSet::new(),
        }
    }

    pub(super) fn add(&mut self, id: JobId, spec: JobSpec) {
        let arrival = self.next_arrival;
        self.next_arrival += 1;
        self.queue.insert(arrival, id.clone());
        self.jobs.insert(id, Job::new(spec, arrival));
    }

    pub(super) fn remove(&mut self, id: &JobId) -> Option<Job> {
        let job = self.jobs.remove(id)?;
        self.queue.remove(&job.arrival);
        self.kept.retain(|lease, _| !job.pieces.contains_key(lease));
        Some(job)
    }

    pub(super) fn get(&self, id: &JobId) -> Option<&Job> {
        self.jobs.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &JobId) -> Option<&mut Job> {
        self.jobs.get_mut(id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&JobId, &Job)> {
        self.jobs.iter()
    }

    /// In the order in which they came.
    pub(super) fn queue(&self) -> impl Iterator<Item = &JobId> {
        self.queue.values()
    }

    pub(super) fn is_to_list(&self, id: &JobId) -> bool {
        self.jobs.get(id).is_some_and(Job::is_to_list)
    }

    /// All frames of a job are to do, as this film has them. Gives the pieces that are kept no longer.
    pub(super) fn begin(&mut self, id: &JobId, film: Film) -> Vec<LeaseId> {
        let Some(job) = self.jobs.get_mut(id) else { return Vec::new() };
        let old = std::mem::take(&mut job.pieces);
        job.begin(film);
        self.kept.retain(|lease, _| !old.contains_key(lease));
        old.into_keys().collect()
    }

    pub(super) fn keep(&mut self, id: &JobId, piece: RememberedPiece) {
        self.kept.insert(piece.lease, id.clone());
        self.jobs.get_mut(id).expect("pieces have jobs").keep(piece);
    }

    pub(super) fn is_kept(&self, lease: LeaseId) -> bool {
        self.kept.contains_key(&lease)
    }

    /// The piece is kept no longer; gives the frames that are to do again.
    pub(super) fn doubt(&mut self, id: &JobId, lease: LeaseId) -> Option<FrameRange> {
        self.kept.remove(&lease);
        self.jobs.get_mut(id)?.doubt(lease).flatten()
    }

    /// All whose index or result waited for space; they wait no longer.
    pub(super) fn take_waiting(&mut self) -> Vec<JobId> {
        let all = self.jobs.iter_mut();
        all.filter_map(|(id, job)| std::mem::take(&mut job.no_room).then(|| id.clone())).collect()
    }

    /// Bytes that will yet be needed here: for the pieces of leases, and to join what is made beside its pieces.
    pub(super) fn promised_bytes(&self) -> u64 {
        self.jobs.values().map(Job::promised_bytes).sum()
    }

    /// So many bytes at most are needed for so many frames of any job.
    pub(super) fn bytes_for(&self, frames: u64) -> u64 {
        self.jobs.values().map(|job| job.bytes_for(frames)).max().unwrap_or(0)
    }
}

/// Leases.
impl Jobs {
    /// Puts a lease on the books, under a number that was never used.
    pub(super) fn promise(&mut self, id: &JobId, lease: Lease) -> LeaseId {
        let number = LeaseId { boot: self.boot, seq: self.next_lease };
        self.next_lease += 1;
        self.promised(id, number, lease);
        number
    }

    /// Puts a lease on the books that has its number from an earlier life of the server.
    pub(super) fn promised(&mut self, id: &JobId, number: LeaseId, lease: Lease) {
        self.jobs.get_mut(id).expect("leases have jobs").leases.insert(number, lease);
        self.leases.insert(number, id.clone());
    }

    /// Takes a lease off the books; its twin goes on alone.
    pub(super) fn take(&mut self, id: LeaseId) -> Option<Taken> {
        let job = self.leases.remove(&id)?;
        let lease =
            self.jobs.get_mut(&job).expect("leases have jobs").leases.remove(&id).expect("books agree");
        self.late.remove(&id);
        if let Some(twin) = lease.twin {
            self.lease_mut(twin).expect("twins know each other").twin = None;
        }
        Some(Taken { id, job, lease })
    }

    /// Two leases for one share: the first good piece wins.
    pub(super) fn pair(&mut self, id: LeaseId, twin: LeaseId) {
        self.lease_mut(id).expect("the caller has it").twin = Some(twin);
        self.lease_mut(twin).expect("the caller has it").twin = Some(id);
        self.late.remove(&id);
    }

    pub(super) fn job_of(&self, lease: LeaseId) -> Option<&JobId> {
        self.leases.get(&lease)
    }

    pub(super) fn lease_of(&self, id: LeaseId) -> Option<(&Job, &Lease)> {
        let job = self.jobs.get(self.leases.get(&id)?)?;
        Some((job, job.leases.get(&id)?))
    }

    pub(super) fn lease_mut(&mut self, id: LeaseId) -> Option<&mut Lease> {
        self.jobs.get_mut(self.leases.get(&id)?)?.leases.get_mut(&id)
    }

    /// Promised by this life of the server.
    pub(super) fn is_of_this_boot(&self, lease: LeaseId) -> bool {
        lease.boot == self.boot
    }

    /// It should have been done by now; false where it is over.
    pub(super) fn is_late(&mut self, id: LeaseId) -> bool {
        let known = self.leases.contains_key(&id);
        if known {
            self.late.insert(id);
        }
        known
    }

    /// How late it is is reckoned anew.
    pub(super) fn is_in_time(&mut self, id: LeaseId) {
        self.late.remove(&id);
    }

    pub(super) fn late(&self) -> BTreeSet<LeaseId> {
        self.late.clone()
    }

    /// More than any encoder makes of so many frames.
    pub(super) fn piece_bytes_max(&self, id: LeaseId) -> u64 {
        let Some((job, lease)) = self.lease_of(id) else { return 0 };
        let Some(film) = &job.film else { return 0 };
        film.piece_bytes_max(lease.range())
    }
}

/// Entries of the books.
pub(super) struct Counts {
    pub(super) jobs: usize,
    pub(super) leases: usize,
    pub(super) kept: usize,
}

impl Jobs {
    pub(super) fn counts(&self) -> Counts {
        Counts { jobs: self.jobs.len(), leases: self.leases.len(), kept: self.kept.len() }
    }

    /// Panics with the invariant that is broken.
    pub(super) fn check(&self) {
        for (id, job) in &self.jobs {
            assert_eq!(self.queue.get(&job.arrival), Some(id), "job {id} has no place in the queue");
            for lease in job.leases.keys() {
                assert_eq!(self.leases.get(lease), Some(id), "lease {lease} is not listed");
            }
        }
        assert_eq!(self.queue.len(), self.jobs.len(), "the queue holds jobs that are gone");
        let promised: usize = self.jobs.values().map(|job| job.leases.len()).sum();
        assert_eq!(promised, self.leases.len(), "leases are listed that no job has");
    }
}
