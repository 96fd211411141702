//! Jobs that have not ended, in the order in which they are served, with their leases and pieces by number.
//!
//! - [`lease`]: one lease
//! - [`pieces`]: the kept pieces of a track
//! - [`returned`]: the units of a track that failed
//! - [`track`]: one track of a job
//! - [`making`]: all tracks of a job
//! - [`stage`]: the stage of a job, with the data of that stage
//! - [`suspect`]: the only client that failed audits of a job
//! - [`doubts`]: what makes pieces of a job doubtful
//! - [`crashes`]: crashes of the server during server tasks of a job
//! - [`marks`]: changes that nobody has read yet
//! - [`job`]: one job
//! - [`queue`]: the order of the jobs
//! - [`late`]: leases that are late
//! - [`ledger`]: totals and sets over all jobs
//! - [`at_once`]: questions about all jobs at once, which the ledger answers
//! - [`change`]: a job or a lease under change
//! - [`job_track`]: a track, as the scheduler refers to it
//! - [`units`]: moves units between to do, returned, leased and kept
//! - [`leases`]: the leases of all jobs
//! - [`count`]: the number of entries in each collection, and the invariants
//! - [`outside`]: events outside jobs that change what work clients may find in them

mod at_once;
mod change;
mod count;
pub(super) mod crashes;
pub(super) mod doubts;
pub(super) mod job;
mod job_track;
mod late;
pub(super) mod lease;
mod leases;
pub(super) mod ledger;
pub(super) mod making;
pub(super) mod marks;
mod outside;
pub(super) mod pieces;
pub(super) mod queue;
pub(super) mod returned;
pub(super) mod stage;
pub(super) mod suspect;
mod track;
pub(super) mod transitions;
mod units;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Index;

use crate::cluster::event::JobSpec;
use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::late::LateLeases;
use crate::cluster::jobs::ledger::{Ledger, Line};
use crate::cluster::jobs::making::Making;
use crate::cluster::jobs::pieces::Pieces;
use crate::cluster::jobs::queue::Queue;
use crate::cluster::place::Place;
use crate::ids::{JobId, LeaseId};
use crate::media::plan::film::Film;

pub(in crate::cluster) use self::change::{JobMut, LeaseMut};
pub(in crate::cluster) use self::count::Counts;
pub(in crate::cluster) use self::job_track::JobTrack;
pub(in crate::cluster) use self::marks::JobNews;
pub(in crate::cluster) use self::track::TrackBook;

/// The most pieces of ended jobs that one step forgets.
const FORGOTTEN_MAX: usize = 256;

#[derive(Debug)]
pub(in crate::cluster) struct Jobs {
    boot: u32,
    next_lease: u64,
    jobs: BTreeMap<JobId, Job>,
    /// The same jobs in the order in which they are served.
    queue: Queue,
    ledger: Ledger,
    leases: BTreeMap<LeaseId, JobId>,
    /// Leases that ended with a kept piece; their clients may ask about them again.
    kept: BTreeSet<LeaseId>,
    late: LateLeases,
    /// Pieces of ended jobs that are not forgotten yet.
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
            jobs: BTreeMap::new(),
            queue: Queue::new(),
            ledger: Ledger::default(),
            leases: BTreeMap::new(),
            kept: BTreeSet::new(),
            late: LateLeases::default(),
            ended: Vec::new(),
        }
    }

    /// Adds a job, and returns its place. A place without a rank is behind all others of its priority.
    pub(in crate::cluster) fn add(&mut self, id: JobId, spec: JobSpec, place: Place) -> Place {
        let place = if place.rank() == 0 { self.queue.last_place(place.priority()) } else { place };
        let job = Job::new(spec, place);
        self.ledger.update(place, &Line::default(), &Line::of(&job));
        self.queue.insert(place, id.clone());
        self.jobs.insert(id, job);
        place
    }

    pub(in crate::cluster) fn move_to(&mut self, id: &JobId, place: Place) {
        let Some(job) = self.jobs.get_mut(id) else { return };
        let (before, line) = (job.place(), Line::of(job));
        self.queue.remove(before);
        self.ledger.forget(before, &line);
        job.set_place(place);
        self.queue.insert(place, id.clone());
        self.ledger.update(place, &Line::default(), &line);
    }

    pub(in crate::cluster) const fn queue(&self) -> &Queue {
        &self.queue
    }

    pub(in crate::cluster) fn remove(&mut self, id: &JobId) -> Option<Job> {
        let mut job = self.jobs.remove(id)?;
        self.queue.remove(job.place());
        self.ledger.forget(job.place(), &Line::of(&job));
        self.ended.extend(job.take_making().into_iter().flat_map(Making::into_pieces));
        self.forget_ended();
        Some(job)
    }

    /// Forgets some pieces of jobs that have ended.
    /// A film may have a hundred thousand; forgetting all at once would delay every client.
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

    /// Borrows the job for a change. Dropping the returned value updates the ledger.
    pub(in crate::cluster) fn get_mut(&mut self, id: &JobId) -> Option<JobMut<'_>> {
        let job = self.jobs.get_mut(id)?;
        Some(JobMut::of(job, &mut self.ledger))
    }

    pub(in crate::cluster) fn iter(&self) -> impl Iterator<Item = (&JobId, &Job)> {
        self.jobs.iter()
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

    pub(in crate::cluster) fn is_kept(&self, lease: LeaseId) -> bool {
        self.kept.contains(&lease)
    }

    /// Takes all jobs whose index or result waits for disk space, and ends their wait.
    pub(in crate::cluster) fn take_waiting(&mut self) -> Vec<JobId> {
        let waiting = self.ids(&self.ledger.waits_for_space);
        for id in &waiting {
            if let Some(mut job) = self.get_mut(id) {
                job.note_no_space(false);
            }
        }
        waiting
    }

    fn ids(&self, places: &BTreeSet<Place>) -> Vec<JobId> {
        places.iter().filter_map(|place| self.queue.at(*place)).cloned().collect()
    }
}
