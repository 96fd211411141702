//! One job while it is being changed; the ledger follows when the value is dropped.

use std::ops::{Deref, DerefMut};

use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::ledger::{Ledger, Line};

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
        self.ledger.changes(self.job.arrival, &self.before, &Line::of(self.job));
    }
}
