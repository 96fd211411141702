//! Jobs that have not ended, in the order of their arrival, with their leases and pieces by number.
//!
//! - [`lease`]: one lease; [`pieces`]: the kept pieces of a track; [`returned`]: its units that failed;
//!   [`suspect`]: the only client that failed audits of a job
//! - [`track`]: one track of a job; [`making`]: all tracks of a job
//! - [`stage`]: the stage of a job, with the data of that stage; [`job`]: one job
//! - [`marks`]: what has changed since anyone looked; [`late`]: leases that are late
//! - [`ledger`], [`at_once`]: totals and sets over all jobs
//! - [`change`]: a job or a lease while it is changed; [`at`]: a track, as the scheduler asks for it;
//!   [`leases`]: the leases of all jobs
//! - [`count`]: how many there are of everything, and the invariants
//! - [`outside`]: what happens outside of jobs and changes what clients may find in them

mod at;
mod at_once;
mod change;
mod count;
pub(super) mod job;
mod late;
pub(super) mod lease;
mod leases;
pub(super) mod ledger;
pub(super) mod making;
pub(super) mod marks;
mod outside;
pub(super) mod pieces;
pub(super) mod returned;
pub(super) mod stage;
pub(super) mod suspect;
mod track;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Index;

use crate::cluster::change::RememberedPiece;
use crate::cluster::event::JobSpec;
use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::late::Late;
use crate::cluster::jobs::lease::Returned;
use crate::cluster::jobs::ledger::{Ledger, Line};
use crate::cluster::jobs::making::Making;
use crate::cluster::jobs::marks::Arrival;
use crate::cluster::jobs::pieces::Pieces;
use crate::ids::{JobId, LeaseId};
use crate::media::plan::film::Film;
use crate::media::plan::track::{Segment, TrackNo};

pub(in crate::cluster) use self::at::TrackAt;
pub(in crate::cluster) use self::change::{JobMut, LeaseMut};
pub(in crate::cluster) use self::count::Counts;
pub(in crate::cluster) use self::marks::JobNews;
pub(in crate::cluster) use self::track::TrackBook;

/// The most pieces of ended jobs that one step forgets.
const FORGOTTEN_MAX: usize = 256;

#[derive(Debug)]
pub(in crate::cluster) struct Jobs {
    boot: u32,
    next_lease: u64,
    next_arrival: u64,
    jobs: BTreeMap<JobId, Job>,
    /// The same jobs in the order of their arrival.
    queue: BTreeMap<Arrival, JobId>,
    ledger: Ledger,
    leases: BTreeMap<LeaseId, JobId>,
    /// Leases that ended with a kept piece; their clients may ask about them again.
    kept: BTreeSet<LeaseId>,
    late: Late,
    /// Pieces of jobs that have ended, to be forgotten.
    ended: Vec<Pieces>,
}

impl Index<&JobId> for Jobs {
    type Output = Job;
    fn index(&self, id: &JobId) -> &Job {
        &self.jobs[id]
    }
}

impl Jobs {
    pub(in crate::cluster) fn new(boot: u32) -> Self {
        Self {
            boot,
            next_lease: 1,
            next_arrival: 1,
            jobs: BTreeMap::new(),
            queue: BTreeMap::new(),
            ledger: Ledger::default(),
            leases: BTreeMap::new(),
            kept: BTreeSet::new(),
            late: Late::default(),
            ended: Vec::new(),
        }
    }

    pub(in crate::cluster) fn add(&mut self, id: JobId, spec: JobSpec) {
        let arrival = self.next_arrival;
        self.next_arrival += 1;
        let job = Job::new(spec, arrival);
        self.ledger.update(arrival, &Line::default(), &Line::of(&job));
        self.queue.insert(arrival, id.clone());
        self.jobs.insert(id, job);
    }

    pub(in crate::cluster) fn remove(&mut self, id: &JobId) -> Option<Job> {
        let mut job = self.jobs.remove(id)?;
        self.queue.remove(&job.arrival);
        self.ledger.forget(job.arrival, &Line::of(&job));
        let making = std::mem::take(&mut job.stage).into_making();
        self.ended.extend(making.into_iter().flat_map(Making::into_pieces));
        self.forget_ended();
        Some(job)
    }

    /// Forgets some pieces of jobs that have ended.
    /// A film may have a hundred thousand; forgetting all at once would hold up all clients.
    pub(in crate::cluster) fn forget_ended(&mut self) {
        for _ in 0..FORGOTTEN_MAX {
            let Some(pieces) = self.ended.last_mut() else { return };
            match pieces.forget_one() {
                Some(lease) => _ = self.kept.remove(&lease),
                None => _ = self.ended.pop(),
            }
        }
    }

    pub(in crate::cluster) fn get(&self, id: &JobId) -> Option<&Job> {
        self.jobs.get(id)
    }

    /// The job for changing; the ledger follows when the returned value is dropped.
    pub(in crate::cluster) fn get_mut(&mut self, id: &JobId) -> Option<JobMut<'_>> {
        let job = self.jobs.get_mut(id)?;
        Some(JobMut { before: Line::of(job), job, ledger: &mut self.ledger })
    }

    pub(in crate::cluster) fn iter(&self) -> impl Iterator<Item = (&JobId, &Job)> {
        self.jobs.iter()
    }

    /// All jobs in the order of their arrival.
    pub(in crate::cluster) fn queue(&self) -> impl Iterator<Item = &JobId> {
        self.queue.values()
    }

    pub(in crate::cluster) fn is_to_list(&self, id: &JobId) -> bool {
        self.jobs.get(id).is_some_and(Job::is_to_list)
    }

    /// Begins the work on this film: all units of all tracks are to do.
    /// Returns the leases of pieces that are no longer kept.
    pub(in crate::cluster) fn begin(&mut self, id: &JobId, film: Film) -> Vec<LeaseId> {
        let Some(mut job) = self.get_mut(id) else { return Vec::new() };
        let old: Vec<LeaseId> = job.pieces().map(|piece| piece.lease).collect();
        job.begin(film);
        drop(job);
        old.iter().for_each(|lease| _ = self.kept.remove(lease));
        old
    }

    pub(in crate::cluster) fn keep(&mut self, id: &JobId, piece: &RememberedPiece) {
        self.with_making(id, |making| making.keep(piece));
        self.kept.insert(piece.lease);
    }

    pub(in crate::cluster) fn is_kept(&self, lease: LeaseId) -> bool {
        self.kept.contains(&lease)
    }

    /// Stops keeping a piece. Returns the segment that is to do again.
    pub(in crate::cluster) fn doubt(&mut self, id: &JobId, lease: LeaseId) -> Option<Segment> {
        self.kept.remove(&lease);
        let segment = self.get_mut(id)?.making_mut()?.doubt(lease);
        // A track that comes after this one must wait again,
        // so there may be less to do than before.
        self.refresh(id);
        segment
    }

    /// Gives a track up: the job goes on without it.
    /// Returns the leases of pieces that are no longer kept.
    pub(in crate::cluster) fn give_up(&mut self, id: &JobId, track: TrackNo, why: String) -> Vec<LeaseId> {
        let Some(mut job) = self.get_mut(id) else { return Vec::new() };
        let old = job.making_mut().map(|making| making.give_up(track, why)).unwrap_or_default();
        drop(job);
        old.iter().for_each(|lease| _ = self.kept.remove(lease));
        old
    }

    /// Puts a segment back.
    /// One with a history of failures waits for another attempt; any other is to do.
    pub(in crate::cluster) fn give_back(&mut self, id: &JobId, segment: Segment, returned: Option<Returned>) {
        self.with_making(id, |making| match returned {
            Some(returned) => making.give_back(segment.track, returned),
            None => making.put_back(segment),
        });
    }

    /// Changes the tracks of a job that has leases or pieces.
    /// Panics if there is no such job: nothing is committed by then, and a restart from the durable
    /// record is better than lost units.
    fn with_making<T>(&mut self, id: &JobId, change: impl FnOnce(&mut Making) -> T) -> T {
        let mut job = self.get_mut(id).expect("leases and pieces have jobs");
        change(job.making_mut().expect("leases and pieces have films"))
    }

    /// Takes all jobs whose index or result waits for disk space; they wait no longer.
    pub(in crate::cluster) fn take_waiting(&mut self) -> Vec<JobId> {
        let waiting = self.ids(&self.ledger.waits_for_space);
        for id in &waiting {
            if let Some(mut job) = self.get_mut(id) {
                job.stage.note_no_space(false);
            }
        }
        waiting
    }

    fn ids(&self, arrivals: &BTreeSet<Arrival>) -> Vec<JobId> {
        arrivals.iter().filter_map(|arrival| self.queue.get(arrival)).cloned().collect()
    }
}
