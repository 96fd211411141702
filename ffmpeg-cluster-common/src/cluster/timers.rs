//! All deadlines in one ordered set.
//! Nobody cancels a timer: its handler checks whether it still applies.

use std::collections::BTreeSet;

use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::plan::track::Segment;
use crate::time::Millis;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// Checks whether the client has sent anything lately.
    Silence(ClientId),
    /// Checks whether a client whose connection closed has come back.
    Grace(ClientId),
    /// Checks whether this lease has made progress lately.
    Quiet(LeaseId),
    /// This lease is late if it is not done by now.
    Late(LeaseId),
    /// Asks the client to send the piece of this lease again.
    RequestPiece(LeaseId),
    /// A pause of the client, of its disk or of one of its devices may be over.
    Back(ClientId),
    /// The server's disk may have space again.
    Space,
    /// More work is ready than one step may hand out.
    HandOut,
    /// A client that failed at these units may try them again.
    Retry(JobId, Segment),
    /// Checks whether any client other than the job's suspect works on the job.
    Witness(JobId),
}

#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Millis, Timer)>);

impl Timers {
    pub(super) fn set(&mut self, at: Millis, timer: Timer) {
        self.0.insert((at, timer));
    }
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
    pub(super) fn next(&self) -> Option<Millis> {
        self.0.first().map(|(at, _)| *at)
    }
    /// Removes and returns the earliest timer that is due. Returns None if none is due.
    pub(super) fn due(&mut self, now: Millis) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, timer)| timer)
    }
}
