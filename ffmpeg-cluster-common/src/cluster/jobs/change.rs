//! One job or one lease while it is being changed; all that depends on it follows when the value is
//! dropped.

use std::ops::{Deref, DerefMut};

use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::late::Late;
use crate::cluster::jobs::lease::Lease;
use crate::cluster::jobs::ledger::{Ledger, Line};
use crate::cluster::jobs::marks::{Arrival, Marks};
use crate::ids::LeaseId;
use crate::time::Millis;

pub(in crate::cluster) struct JobMut<'a> {
    pub(super) job: &'a mut Job,
    pub(super) ledger: &'a mut Ledger,
    pub(super) before: Line,
}

impl Deref for JobMut<'_> {
    type Target = Job;
    fn deref(&self) -> &Job {
        self.job
    }
}

impl DerefMut for JobMut<'_> {
    fn deref_mut(&mut self) -> &mut Job {
        self.job
    }
}

impl Drop for JobMut<'_> {
    fn drop(&mut self) {
        self.ledger.update(self.job.arrival, &self.before, &Line::of(self.job));
    }
}

pub(in crate::cluster) struct LeaseMut<'a> {
    pub(super) id: LeaseId,
    pub(super) job: Arrival,
    pub(super) lease: &'a mut Lease,
    pub(super) marks: &'a mut Marks,
    pub(super) late: &'a mut Late,
    pub(super) before: Hold,
}

/// What a lease takes of its worker, and until when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hold {
    /// The next segment is handed out ahead only once the present one has begun.
    has_begun: bool,
    is_encoding: bool,
    frames_left: u64,
    fps: f64,
    late_at: Millis,
}

impl Hold {
    pub(super) fn of(lease: &Lease) -> Self {
        Self {
            has_begun: lease.has_begun(),
            is_encoding: lease.is_encoding(),
            frames_left: lease.frames_left(),
            fps: lease.fps(),
            late_at: lease.late_at,
        }
    }
}

impl Deref for LeaseMut<'_> {
    type Target = Lease;
    fn deref(&self) -> &Lease {
        self.lease
    }
}

impl DerefMut for LeaseMut<'_> {
    fn deref_mut(&mut self) -> &mut Lease {
        self.lease
    }
}

impl Drop for LeaseMut<'_> {
    fn drop(&mut self) {
        let now = Hold::of(self.lease);
        if now == self.before {
            return;
        }
        self.marks.news.moved.insert(self.lease.worker.client.clone());
        // A lease that is encoded was measured, and speeds decide a job's state.
        if now.is_encoding != self.before.is_encoding {
            self.marks.touched.insert(self.job);
        }
        if now.late_at != self.before.late_at {
            self.late.remove(self.id);
        }
    }
}
