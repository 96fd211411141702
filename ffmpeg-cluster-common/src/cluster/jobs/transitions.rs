//! How a lease goes from one phase to the next. Nothing else changes a current lease.

use super::LeaseMut;
use crate::cluster::change::FailureHistory;
use crate::cluster::jobs::lease::{Checked, Encoded, Phase};
use crate::ids::LeaseId;
use crate::time::Millis;

/// A piece that arrives broken this often points to more than a bad connection.
const BROKEN_MAX: u32 = 3;

/// What a client reports of a running encoder.
#[derive(Debug, Clone, Copy)]
pub(in crate::cluster) struct Report {
    pub(in crate::cluster) frames: u64,
    pub(in crate::cluster) fps: f32,
}

/// What an accepted report means for the rest of the server.
#[derive(Debug, Clone, Copy)]
pub(in crate::cluster) struct Accepted {
    /// It was the first report of this encoder.
    pub(in crate::cluster) first: bool,
    /// The worker's speed is known already.
    pub(in crate::cluster) is_measured: bool,
}

impl LeaseMut<'_> {
    /// The encoder made progress. Returns None, and changes nothing, if the lease is past encoding.
    pub(in crate::cluster) fn report(&mut self, now: Millis, report: Report) -> Option<Accepted> {
        let since = match self.phase {
            Phase::Offered => None,
            Phase::Encoding { since, .. } => Some(since),
            Phase::Sending(_) | Phase::Checking(_) | Phase::Auditing(..) => return None,
        };
        let fps = if report.fps.is_finite() && report.fps > 0.0 { f64::from(report.fps) } else { self.fps() };
        let frames = report.frames.min(self.segment.units.len());
        let lease = self.value();
        lease.phase = Phase::Encoding { since: since.unwrap_or(now), frames, fps };
        // The client watches its encoder, and reports only when the encoder makes progress.
        lease.moved_at = now;
        Some(Accepted { first: since.is_none(), is_measured: lease.is_measured })
    }

    /// Something of the lease's piece arrived.
    pub(in crate::cluster) fn move_on(&mut self, now: Millis) {
        self.value().moved_at = now;
    }

    /// The encode took `ms`; sending is late at `late_at`. Returns false, and changes nothing, if it had ended before.
    pub(in crate::cluster) fn end_encode(&mut self, ms: u64, now: Millis, late_at: Millis) -> bool {
        let is_encoding = self.is_encoding();
        if is_encoding {
            let lease = self.value();
            lease.phase = Phase::Sending(Encoded { ms, broken: 0 });
            lease.moved_at = now;
            lease.late_at = late_at;
        }
        is_encoding
    }

    /// The piece is here. Returns false, and changes nothing, if it is checked already.
    pub(in crate::cluster) fn begin_check(&mut self) -> bool {
        let begins = !matches!(self.phase, Phase::Checking(_) | Phase::Auditing(..));
        if begins {
            self.back_to_check();
        }
        begins
    }

    pub(in crate::cluster) fn begin_audit(&mut self, checked: Checked) {
        let encoded = self.encoded();
        self.value().phase = Phase::Auditing(encoded, Box::new(checked));
    }

    /// Ends an audit without a verdict.
    pub(in crate::cluster) fn back_to_check(&mut self) {
        let encoded = self.encoded();
        self.value().phase = Phase::Checking(encoded);
    }

    /// The client keeps its piece until the server requests it again. Returns false, and changes nothing, if the
    /// piece is not being checked.
    pub(in crate::cluster) fn leave_at_client(&mut self) -> bool {
        let Phase::Checking(encoded) = self.phase else { return false };
        self.value().phase = Phase::Sending(encoded);
        true
    }

    /// The piece arrived broken and is to be sent again. Returns false, and changes nothing, if that happened too often.
    pub(in crate::cluster) fn await_again(&mut self) -> bool {
        let Phase::Checking(encoded) = self.phase else { return false };
        let broken = encoded.broken + 1;
        if broken >= BROKEN_MAX {
            return false;
        }
        self.value().phase = Phase::Sending(Encoded { broken, ..encoded });
        true
    }

    /// Its twin failed: what is known of that belongs to this lease now.
    pub(in crate::cluster) fn inherit(&mut self, past: FailureHistory) {
        self.value().past = Some(past);
    }

    pub(super) fn set_twin(&mut self, twin: Option<LeaseId>) {
        self.value().twin = twin;
    }
}
