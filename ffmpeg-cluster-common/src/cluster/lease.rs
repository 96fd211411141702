//! A lease while it lives, and units that failed.

use super::change::Past;
use super::event::CheckedPiece;
use super::worker::Worker;
use crate::fault::Fault;
use crate::frames::FrameRange;
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::plan::track::Segment;
use crate::media::plan::witness::Lead;
use crate::time::Millis;

/// Clients tell how far they are every second.
const SILENT_SECS: f64 = 3.0;
const SILENT_FRAMES: f64 = 3.0;

/// How far a lease is. Each later phase has less to lose.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Phase {
    Offered,
    Encoding {
        frames: u64,
        /// As last reported.
        fps: f64,
    },
    /// Its piece is on the way.
    Sending(Encoded),
    /// The server looks at the piece.
    Checking(Encoded),
    /// It is what was leased, as far as can be told without its pictures. Those are compared now.
    Auditing(Encoded, Box<Checked>),
}

/// Of a segment that is encoded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Encoded {
    /// None is known where it was encoded in an earlier life of the server.
    pub(super) ms: u64,
    /// How often its bytes came broken.
    pub(super) broken: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Lease {
    pub(super) segment: Segment,
    pub(super) worker: Worker,
    pub(super) phase: Phase,
    pub(super) measure: bool,
    /// When the encoder last got further.
    pub(super) moved_at: Millis,
    /// From then on another client may try the same.
    pub(super) late_at: Millis,
    /// What these units have cost before this lease.
    pub(super) past: Option<Past>,
    /// Another lease for the same segment: one of the two was late. The first good piece wins.
    pub(super) twin: Option<LeaseId>,
    /// How far back its decoder was told to begin.
    pub(super) lead: Lead,
}

/// A piece that is to be audited.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Checked {
    pub(super) piece: CheckedPiece,
    pub(super) spot: FrameRange,
    /// Its picture is not as expected, which may be the film's way.
    pub(super) odd: Option<Fault>,
}

/// Of units that failed and wait for another attempt, intact.
#[derive(Debug, Clone)]
pub(super) struct Returned {
    pub(super) past: Past,
    /// From then on a client that failed may try again.
    pub(super) not_before: Millis,
}

impl Returned {
    /// Another client at once. Where all have failed, any after the delay but the last: who fails soonest would
    /// be free first, every time.
    pub(super) fn suits<'a, I>(&self, client: &ClientId, able: impl Fn() -> I, now: Millis) -> bool
    where
        I: Iterator<Item = &'a ClientId>,
    {
        let failed_on = &self.past.failed_on;
        if !failed_on.contains(client) {
            return true;
        }
        let again = able().nth(1).is_none() || failed_on.last() != Some(client);
        again && now >= self.not_before && able().all(|one| failed_on.contains(one))
    }
}

/// A lease that is on no book any more.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) id: LeaseId,
    pub(super) job: JobId,
    pub(super) lease: Lease,
}

/// What is promised next, and what these units have cost before.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) segment: Segment,
    pub(super) past: Option<Past>,
}

impl Lease {
    /// Of its whole piece; none before it is encoded.
    pub(super) const fn encode_ms(&self) -> u64 {
        self.encoded().ms
    }

    /// What is known of its encoding; nothing before it has ended.
    pub(super) const fn encoded(&self) -> Encoded {
        match self.phase {
            Phase::Sending(encoded) | Phase::Checking(encoded) | Phase::Auditing(encoded, _) => encoded,
            Phase::Offered | Phase::Encoding { .. } => Encoded { ms: 0, broken: 0 },
        }
    }

    pub(super) fn new(next: Next, worker: Worker, now: Millis) -> Self {
        Self {
            segment: next.segment,
            worker,
            phase: Phase::Offered,
            measure: false,
            moved_at: now,
            late_at: now,
            past: next.past,
            twin: None,
            lead: Lead::Usual,
        }
    }
    /// Where its pictures are compared.
    pub(super) fn audited_spot(&self) -> Option<FrameRange> {
        match &self.phase {
            Phase::Auditing(_, checked) => Some(checked.spot),
            Phase::Offered | Phase::Encoding { .. } | Phase::Sending(_) | Phase::Checking(_) => None,
        }
    }

    /// The client's encoder is, or will be, busy with it.
    pub(super) fn is_encoding(&self) -> bool {
        matches!(self.phase, Phase::Offered | Phase::Encoding { .. })
    }

    /// Its encoder has told of some progress, and not yet of its end.
    pub(super) fn has_begun(&self) -> bool {
        matches!(self.phase, Phase::Encoding { .. })
    }

    pub(super) fn frames_done(&self) -> u64 {
        match self.phase {
            Phase::Offered => 0,
            Phase::Encoding { frames, .. } => frames.min(self.segment.units.len()),
            Phase::Sending(_) | Phase::Checking(_) | Phase::Auditing(..) => self.segment.units.len(),
        }
    }

    /// Frames per second while it is encoded, as last reported; 0 before that and after.
    pub(super) const fn fps(&self) -> f64 {
        match self.phase {
            Phase::Encoding { fps, .. } => fps,
            Phase::Offered | Phase::Sending(_) | Phase::Checking(_) | Phase::Auditing(..) => 0.0,
        }
    }

    pub(super) fn frames_left(&self) -> u64 {
        self.segment.units.len() - self.frames_done()
    }
    /// Of one that was silent for a while, and for the time of some frames, nobody knows how fast it is.
    pub(super) fn fps_now(&self, now: Millis) -> f64 {
        let silent = now.0.saturating_sub(self.moved_at.0) as f64 / 1000.0;
        if silent > SILENT_SECS.max(SILENT_FRAMES / self.fps()) { 0.0 } else { self.fps() }
    }
    pub(super) fn phase_word(&self) -> &'static str {
        match self.phase {
            Phase::Offered => "offered",
            Phase::Encoding { .. } => "encoding",
            Phase::Sending(_) => "sending",
            Phase::Checking(_) | Phase::Auditing(..) => "checking",
        }
    }
}
