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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Phase {
    Offered,
    Encoding,
    /// Encoded in so many milliseconds; its piece is on the way.
    Sending {
        encode_ms: u64,
    },
    /// The server looks at the piece.
    Checking {
        encode_ms: u64,
    },
}

#[derive(Debug, Clone)]
pub(super) struct Lease {
    pub(super) segment: Segment,
    pub(super) worker: Worker,
    pub(super) phase: Phase,
    pub(super) measure: bool,
    pub(super) frames_done: u64,
    /// Frames per second, as last reported.
    pub(super) fps: f64,
    /// When the encoder last got further.
    pub(super) moved_at: Millis,
    /// From then on another client may try the same.
    pub(super) late_at: Millis,
    /// How often its bytes came broken.
    pub(super) broken: u32,
    /// Its piece while it is audited.
    pub(super) checked: Option<Checked>,
    /// What these units have cost before this lease.
    pub(super) past: Option<Past>,
    /// Another lease for the same segment: one of the two was late. The first good piece wins.
    pub(super) twin: Option<LeaseId>,
    /// How far back its decoder was told to begin.
    pub(super) lead: Lead,
}

/// A piece that is what was leased, as far as can be told without looking at its pictures.
#[derive(Debug, Clone)]
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
        match self.phase {
            Phase::Sending { encode_ms } | Phase::Checking { encode_ms } => encode_ms,
            Phase::Offered | Phase::Encoding => 0,
        }
    }
    pub(super) fn new(next: Next, worker: Worker, now: Millis) -> Self {
        Self {
            segment: next.segment,
            worker,
            phase: Phase::Offered,
            measure: false,
            frames_done: 0,
            fps: 0.0,
            moved_at: now,
            late_at: now,
            broken: 0,
            checked: None,
            past: next.past,
            twin: None,
            lead: Lead::Usual,
        }
    }
    /// The client's encoder is, or will be, busy with it.
    pub(super) fn is_encoding(&self) -> bool {
        matches!(self.phase, Phase::Offered | Phase::Encoding)
    }
    pub(super) fn frames_left(&self) -> u64 {
        if self.is_encoding() { self.segment.units.len().saturating_sub(self.frames_done) } else { 0 }
    }
    /// Of one that was silent for a while, and for the time of some frames, nobody knows how fast it is.
    pub(super) fn fps_now(&self, now: Millis) -> f64 {
        let silent = now.0.saturating_sub(self.moved_at.0) as f64 / 1000.0;
        if silent > SILENT_SECS.max(SILENT_FRAMES / self.fps) { 0.0 } else { self.fps }
    }
    pub(super) fn phase_word(&self) -> &'static str {
        match self.phase {
            Phase::Offered => "offered",
            Phase::Encoding => "encoding",
            Phase::Sending { .. } => "sending",
            Phase::Checking { .. } => "checking",
        }
    }
}
