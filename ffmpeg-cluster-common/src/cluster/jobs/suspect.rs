//! A client that failed two audits of a job while no other client failed one.

use crate::ids::{ClientId, JobId};
use crate::time::Millis;

/// The cluster checks at this interval whether another client works on a job with a suspect.
/// The job fails after `CHECKS_MAX` checks in a row that find none.
pub(in crate::cluster) const CHECK_EVERY: Millis = Millis::secs(600);
const CHECKS_MAX: u32 = 6;

/// The client may lie, or the server may measure wrongly.
/// Nobody can tell which, so the client gets no more work from this job.
#[derive(Debug)]
pub(in crate::cluster) struct Suspect {
    pub(in crate::cluster) client: ClientId,
    /// Why its piece failed the audit.
    pub(in crate::cluster) why: String,
    /// How many checks in a row found no other client at work on the job.
    checks: u32,
}

impl Suspect {
    pub(in crate::cluster) fn new(client: ClientId, why: String) -> Self {
        Self { client, why, checks: 0 }
    }

    /// Counts one check. Returns true once enough checks in a row have found no other client.
    pub(in crate::cluster) fn count_check(&mut self, is_alone: bool) -> bool {
        self.checks = if is_alone { self.checks + 1 } else { 0 };
        self.checks >= CHECKS_MAX
    }

    /// The error if the job fails in the end.
    pub(in crate::cluster) fn error(&self, job: &JobId, name: &str, advice: &str) -> String {
        format!(
            "the audit of job {job} is in doubt: {} (made by {name}), twice; and for an hour no other client worked on it that could show whether this client lies or the server measures wrongly, {advice}",
            self.why
        )
    }

    /// The explanation of a job that waits, for people.
    pub(in crate::cluster) fn explain(&self, name: &str) -> String {
        format!(
            "{name} failed two audits of this job and gets nothing more of it ({}); connect another client, or cancel the job \
             and start the server with --audit 0 if you trust this one",
            self.why
        )
    }
}
