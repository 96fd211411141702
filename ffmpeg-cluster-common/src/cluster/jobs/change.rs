//! A job or a lease under change. Dropping the value updates everything that depends on it.

use std::ops::{Deref, DerefMut};

use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::late::LateLeases;
use crate::cluster::jobs::lease::Lease;
use crate::cluster::jobs::ledger::{Ledger, Line};
use crate::cluster::jobs::marks::Marks;
use crate::cluster::place::Place;
use crate::ids::LeaseId;
use crate::media::plan::track::Load;
use crate::time::Millis;

/// A value under change, and the follower that it updates when it is dropped.
pub(in crate::cluster) struct Changing<'a, F: Follow> {
    value: &'a mut F::Value,
    follower: F,
}

/// Updates what depends on a value after each change.
pub(in crate::cluster) trait Follow {
    type Value;
    fn follow(&mut self, now: &Self::Value);
}

impl<F: Follow> Deref for Changing<'_, F> {
    type Target = F::Value;
    fn deref(&self) -> &F::Value {
        self.value
    }
}

/// A lease has none: it is changed by its transitions alone.
impl DerefMut for JobMut<'_> {
    fn deref_mut(&mut self) -> &mut Job {
        self.value
    }
}

impl<F: Follow> Drop for Changing<'_, F> {
    fn drop(&mut self) {
        self.follower.follow(self.value);
    }
}

pub(in crate::cluster) type JobMut<'a> = Changing<'a, JobFollower<'a>>;
pub(in crate::cluster) type LeaseMut<'a> = Changing<'a, LeaseFollower<'a>>;

/// Keeps the ledger up to date with one job.
pub(in crate::cluster) struct JobFollower<'a> {
    ledger: &'a mut Ledger,
    before: Line,
}

impl<'a> JobMut<'a> {
    pub(super) fn of(job: &'a mut Job, ledger: &'a mut Ledger) -> Self {
        let before = Line::of(job);
        Self { value: job, follower: JobFollower { ledger, before } }
    }
}

impl Follow for JobFollower<'_> {
    type Value = Job;
    fn follow(&mut self, job: &Job) {
        self.ledger.update(job.place(), &self.before, &Line::of(job));
    }
}

/// Keeps the marks up to date with one lease.
pub(in crate::cluster) struct LeaseFollower<'a> {
    pub(super) id: LeaseId,
    pub(super) job: Place,
    pub(super) marks: &'a mut Marks,
    pub(super) late: &'a mut LateLeases,
    pub(super) before: Hold,
    pub(super) load: Load,
    pub(super) due_before: Option<Millis>,
}

impl<'a> LeaseMut<'a> {
    pub(super) const fn of(lease: &'a mut Lease, follower: LeaseFollower<'a>) -> Self {
        Self { value: lease, follower }
    }

    pub(super) const fn value(&mut self) -> &mut Lease {
        self.value
    }
}

/// How much of its worker a lease takes, and until when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hold {
    is_encoding: bool,
    frames_left: u64,
    fps: f64,
    /// When its encoder last reported; None before the segment has begun.
    /// The worker gets its next segment ahead of time only once this one has begun.
    reported_at: Option<Millis>,
    late_at: Millis,
}

impl Hold {
    pub(super) fn of(lease: &Lease) -> Self {
        Self {
            is_encoding: lease.is_encoding(),
            frames_left: lease.frames_left(),
            fps: lease.fps(),
            reported_at: lease.has_begun().then_some(lease.moved_at),
            late_at: lease.late_at,
        }
    }
}

impl Follow for LeaseFollower<'_> {
    type Value = Lease;
    fn follow(&mut self, lease: &Lease) {
        self.late.note_due(self.load, self.id, self.due_before, lease.due());
        let now = Hold::of(lease);
        if now == self.before {
            return;
        }
        self.marks.news.moved.insert(lease.worker.client.clone());
        // An encoded segment has measured its worker, and speeds decide a job's state.
        if now.is_encoding != self.before.is_encoding {
            self.marks.touched.insert(self.job);
        }
        if now.late_at != self.before.late_at {
            self.late.remove(self.id);
        }
    }
}
