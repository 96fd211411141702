//! A lease while it lives, and units that failed.

use crate::cluster::change::Past;
use crate::cluster::event::CheckedPiece;
use crate::cluster::worker::Worker;
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
pub(in crate::cluster) enum Phase {
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
pub(in crate::cluster) struct Encoded {
    /// None is known where it was encoded in an earlier life of the server.
    pub(in crate::cluster) ms: u64,
    /// How often its bytes came broken.
    pub(in crate::cluster) broken: u32,
}

#[derive(Debug, Clone)]
pub(in crate::cluster) struct Lease {
    pub(in crate::cluster) segment: Segment,
    pub(in crate::cluster) worker: Worker,
    pub(in crate::cluster) phase: Phase,
    pub(in crate::cluster) measure: bool,
    /// When the encoder last got further.
    pub(in crate::cluster) moved_at: Millis,
    /// From then on another client may try the same.
    pub(in crate::cluster) late_at: Millis,
    /// What these units have cost before this lease.
    pub(in crate::cluster) past: Option<Past>,
    /// Another lease for the same segment: one of the two was late. The first good piece wins.
    pub(in crate::cluster) twin: Option<LeaseId>,
    /// How far back its decoder was told to begin.
    pub(in crate::cluster) lead: Lead,
}

/// A piece that is to be audited.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cluster) struct Checked {
    pub(in crate::cluster) piece: CheckedPiece,
    pub(in crate::cluster) spot: FrameRange,
    /// Its picture is not as expected, which may be the film's way.
    pub(in crate::cluster) odd: Option<Fault>,
}

/// Of units that failed and wait for another attempt, intact.
#[derive(Debug, Clone)]
pub(in crate::cluster) struct Returned {
    pub(in crate::cluster) past: Past,
    /// From then on a client that failed may try again.
    pub(in crate::cluster) not_before: Millis,
}

impl Returned {
    /// Another client at once. Where all have failed, any after the delay but the last: who fails soonest would
    /// be free first, every time.
    pub(in crate::cluster) fn suits<'a, I>(
        &self,
        client: &ClientId,
        able: impl Fn() -> I,
        now: Millis,
    ) -> bool
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
pub(in crate::cluster) struct Taken {
    pub(in crate::cluster) id: LeaseId,
    pub(in crate::cluster) job: JobId,
    pub(in crate::cluster) lease: Lease,
}

/// What is promised next, and what these units have cost before.
#[derive(Debug)]
pub(in crate::cluster) struct Next {
    pub(in crate::cluster) segment: Segment,
    pub(in crate::cluster) past: Option<Past>,
}

impl Lease {
    /// Of its whole piece; none before it is encoded.
    pub(in crate::cluster) const fn encode_ms(&self) -> u64 {
        self.encoded().ms
    }

    /// What is known of its encoding; nothing before it has ended.
    pub(in crate::cluster) const fn encoded(&self) -> Encoded {
        match self.phase {
            Phase::Sending(encoded) | Phase::Checking(encoded) | Phase::Auditing(encoded, _) => encoded,
            Phase::Offered | Phase::Encoding { .. } => Encoded { ms: 0, broken: 0 },
        }
    }

    pub(in crate::cluster) fn new(next: Next, worker: Worker, now: Millis) -> Self {
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
    pub(in crate::cluster) fn audited_spot(&self) -> Option<FrameRange> {
        match &self.phase {
            Phase::Auditing(_, checked) => Some(checked.spot),
            Phase::Offered | Phase::Encoding { .. } | Phase::Sending(_) | Phase::Checking(_) => None,
        }
    }

    /// The client's encoder is, or will be, busy with it.
    pub(in crate::cluster) fn is_encoding(&self) -> bool {
        matches!(self.phase, Phase::Offered | Phase::Encoding { .. })
    }

    /// Its encoder has told of some progress, and not yet of its end.
    pub(in crate::cluster) fn has_begun(&self) -> bool {
        matches!(self.phase, Phase::Encoding { .. })
    }

    pub(in crate::cluster) fn frames_done(&self) -> u64 {
        match self.phase {
            Phase::Offered => 0,
            Phase::Encoding { frames, .. } => frames.min(self.segment.units.len()),
            Phase::Sending(_) | Phase::Checking(_) | Phase::Auditing(..) => self.segment.units.len(),
        }
    }

    /// Frames per second while it is encoded, as last reported; 0 before that and after.
    pub(in crate::cluster) const fn fps(&self) -> f64 {
        match self.phase {
            Phase::Encoding { fps, .. } => fps,
            Phase::Offered | Phase::Sending(_) | Phase::Checking(_) | Phase::Auditing(..) => 0.0,
        }
    }

    pub(in crate::cluster) fn frames_left(&self) -> u64 {
        self.segment.units.len() - self.frames_done()
    }

    /// Of one that was silent for a while, and for the time of some frames, nobody knows how fast it is.
    pub(in crate::cluster) fn fps_now(&self, now: Millis) -> f64 {
        let silent = now.0.saturating_sub(self.moved_at.0) as f64 / 1000.0;
        if silent > SILENT_SECS.max(SILENT_FRAMES / self.fps()) { 0.0 } else { self.fps() }
    }

    pub(in crate::cluster) fn phase_word(&self) -> &'static str {
        match self.phase {
            Phase::Offered => "offered",
            Phase::Encoding { .. } => "encoding",
            Phase::Sending(_) => "sending",
            Phase::Checking(_) | Phase::Auditing(..) => "checking",
        }
    }
}
