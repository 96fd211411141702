//! A client that failed two audits of a job while no other failed one.

use crate::ids::{ClientId, JobId};
use crate::time::Millis;

/// So often, and so many times, such a job is looked at: is there really nobody else for it?
pub(in crate::cluster) const LOOK_EVERY: Millis = Millis::secs(600);
const LOOKS_MAX: u32 = 6;

/// It may lie, and the server may measure wrongly; nobody can tell, so it gets nothing more of the job.
#[derive(Debug)]
pub(in crate::cluster) struct Suspect {
    pub(in crate::cluster) client: ClientId,
    /// What was said of its piece.
    pub(in crate::cluster) why: String,
    /// How often it was seen, one time after the other, that nobody else works on the job.
    looks: u32,
}

impl Suspect {
    pub(in crate::cluster) fn new(client: ClientId, why: String) -> Self {
        Self { client, why, looks: 0 }
    }

    /// True once nobody else came for the whole time.
    pub(in crate::cluster) fn waited_long_enough(&mut self, is_alone: bool) -> bool {
        self.looks = if is_alone { self.looks + 1 } else { 0 };
        self.looks >= LOOKS_MAX
    }

    /// Why its job fails in the end.
    pub(in crate::cluster) fn error(&self, job: &JobId, name: &str, advice: &str) -> String {
        format!(
            "the audit of job {job} is in doubt: {} (made by {name}), twice; and nobody else worked on it for an hour who could \
             tell whether that is a lie or the server measures wrongly, {advice}",
            self.why
        )
    }

    /// For people.
    pub(in crate::cluster) fn explain(&self, name: &str) -> String {
        format!(
            "{name} failed two audits of this job and gets nothing more of it ({}); connect another client, or cancel the job \
             and start the server with --audit 0 if you trust this one",
            self.why
        )
    }
}
