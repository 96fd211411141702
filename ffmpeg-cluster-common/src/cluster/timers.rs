//! One ordered set of deadlines. A timer that is no longer meant is recognised when it fires.

use std::collections::BTreeSet;

use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::plan::track::Segment;
use crate::time::Millis;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// Has the client said anything lately?
    Silence(ClientId),
    /// The client's connection closed; is it back?
    Grace(ClientId),
    /// Has the encoder of this lease made frames lately?
    Quiet(LeaseId),
    /// This lease should have been done by now.
    Late(LeaseId),
    /// The piece of this lease is asked for once more.
    Again(LeaseId),
    /// A pause of the client, of its disk or of one of its devices may be over.
    Back(ClientId),
    /// There may be space on the server's disk again.
    Space,
    /// More is to be handed out than one step should.
    HandOut,
    /// Failed units may go to a client again that failed at them.
    Retry(JobId, Segment),
    /// Does anybody work on this job but a client that failed two of its audits?
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
    /// The earliest timer that is due, taken out.
    pub(super) fn due(&mut self, now: Millis) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, timer)| timer)
    }
}
