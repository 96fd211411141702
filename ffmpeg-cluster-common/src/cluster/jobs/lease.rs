//! A current lease, and units that failed.

use crate::cluster::change::FailureHistory;
use crate::cluster::event::CheckedPiece;
use crate::cluster::worker::Worker;
use crate::fault::Fault;
use crate::frames::FrameRange;
use crate::ids::{JobId, LeaseId};
use crate::media::plan::track::Segment;
use crate::media::plan::witness::Lead;
use crate::time::Millis;

/// A client counts as silent if it reports nothing for this many seconds
/// and for the time that this many frames take.
const SILENT_SECS: f64 = 3.0;
const SILENT_FRAMES: f64 = 3.0;

/// How long before the end of a segment the worker gets its next one, unless the film is nearly done:
/// late enough to fit its length to the frames that are left, and early enough to fetch its bytes.
pub(in crate::cluster) const AHEAD: Millis = Millis::secs(10);

/// The progress of a lease.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cluster) enum Phase {
    Offered,
    Encoding {
        /// When the encoder reported for the first time. An encoder that looks ahead reports no frames at first.
        since: Millis,
        frames: u64,
        /// The frames per second that the client last reported.
        fps: f64,
    },
    /// The client sends the piece.
    Sending(Encoded),
    /// The server checks the piece.
    Checking(Encoded),
    /// The piece passed its check, and the server compares its pictures with the source.
    Auditing(Encoded, Box<Checked>),
}

/// What the cluster knows about an encoded segment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::cluster) struct Encoded {
    /// How long encoding took, in milliseconds. 0 if the client has not reported it.
    pub(in crate::cluster) ms: u64,
    /// How often the bytes of the piece arrived broken.
    pub(in crate::cluster) broken: u32,
}

#[derive(Debug, Clone)]
pub(in crate::cluster) struct Lease {
    pub(in crate::cluster) segment: Segment,
    pub(in crate::cluster) worker: Worker,
    pub(in crate::cluster) phase: Phase,
    pub(in crate::cluster) measure: bool,
    /// The worker's speed was known when it got the lease, so reports of its encoder are not
    /// needed.
    pub(in crate::cluster) is_measured: bool,
    /// When the lease last made progress.
    pub(in crate::cluster) moved_at: Millis,
    /// After this time, another client may get the same segment.
    pub(in crate::cluster) late_at: Millis,
    /// How long before the end of this segment the worker gets its next one.
    pub(in crate::cluster) ahead: Millis,
    /// Earlier failures of these units.
    pub(in crate::cluster) past: Option<FailureHistory>,
    /// A second lease for the same segment, because one of the two is late.
    /// The first good piece wins.
    pub(in crate::cluster) twin: Option<LeaseId>,
    /// How far before the segment the client's decoder must begin.
    pub(in crate::cluster) lead: Lead,
    /// The client decodes frames of it from two key frames. Not known of leases that an earlier run of
    /// the server granted.
    pub(in crate::cluster) twice: bool,
}

/// A checked piece that the server audits.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cluster) struct Checked {
    pub(in crate::cluster) piece: CheckedPiece,
    pub(in crate::cluster) spot: FrameRange,
    /// A difference between the piece's picture and the expected one,
    /// which the source itself may cause.
    pub(in crate::cluster) odd: Option<Fault>,
}

/// Failed units that wait for another attempt, in the range that was leased.
#[derive(Debug, Clone)]
pub(in crate::cluster) struct Returned {
    pub(in crate::cluster) units: FrameRange,
    pub(in crate::cluster) past: FailureHistory,
    /// After this time, a client that failed at the units may try again.
    pub(in crate::cluster) not_before: Millis,
}

/// A lease that was removed from the cluster.
#[derive(Debug)]
pub(in crate::cluster) struct RemovedLease {
    pub(in crate::cluster) id: LeaseId,
    pub(in crate::cluster) job: JobId,
    pub(in crate::cluster) lease: Lease,
}

/// The segment to lease next, and its earlier failures.
#[derive(Debug)]
pub(in crate::cluster) struct Next {
    pub(in crate::cluster) segment: Segment,
    pub(in crate::cluster) past: Option<FailureHistory>,
}

impl Lease {
    /// Milliseconds that encoding the piece took. 0 until it is encoded.
    pub(in crate::cluster) const fn encode_ms(&self) -> u64 {
        self.encoded().ms
    }

    /// What the cluster knows about the encode. All zero until it has ended.
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
            is_measured: false,
            moved_at: now,
            late_at: now,
            ahead: AHEAD,
            past: next.past,
            twin: None,
            lead: Lead::Usual,
            twice: false,
        }
    }

    /// The frames whose pictures are compared. Returns None if the piece is not being audited.
    pub(in crate::cluster) fn audited_spot(&self) -> Option<FrameRange> {
        match &self.phase {
            Phase::Auditing(_, checked) => Some(checked.spot),
            Phase::Offered | Phase::Encoding { .. } | Phase::Sending(_) | Phase::Checking(_) => None,
        }
    }

    /// Whether the lease occupies, or will occupy, the client's encoder.
    pub(in crate::cluster) fn is_encoding(&self) -> bool {
        matches!(self.phase, Phase::Offered | Phase::Encoding { .. })
    }

    /// The deadline of a segment that another client may still take over.
    pub(in crate::cluster) fn due(&self) -> Option<Millis> {
        Some(self.late_at).filter(|_| self.is_encoding() && self.twin.is_none())
    }

    /// Whether the encoder has reported progress, and has not ended yet.
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

    /// The frames per second that the client last reported while it encodes. 0 before and after.
    pub(in crate::cluster) const fn fps(&self) -> f64 {
        match self.phase {
            Phase::Encoding { fps, .. } => fps,
            Phase::Offered | Phase::Sending(_) | Phase::Checking(_) | Phase::Auditing(..) => 0.0,
        }
    }

    pub(in crate::cluster) fn frames_left(&self) -> u64 {
        self.segment.units.len() - self.frames_done()
    }

    /// Frames per second now. 0 if the client has been silent, because its speed is then unknown.
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
