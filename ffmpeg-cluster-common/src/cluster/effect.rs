//! What must be done, and the two lists that a step fills.

use std::fmt;

use super::change::Change;
use crate::fault::Fault;
use crate::frames::{FrameNo, FrameRange};
use crate::ids::{ClientId, JobId, LeaseId, SessionNo, Ticket, UploadId};
use crate::media::audit::Audit;
use crate::media::device::Seat;
use crate::media::film::IndexedBy;
use crate::media::witness::Lead;
use crate::media::work::SentPiece;
use crate::protocol::command::{ErrorCode, JobState};
use crate::protocol::to_client::RefusalCode;

/// What a lease is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Share {
    Picture(FrameRange),
    /// The times of the frames in these packets, for the frame list.
    List(FrameRange),
    Sound,
}

impl Share {
    /// None: the sound.
    pub fn range(self) -> Option<FrameRange> {
        match self {
            Self::Picture(range) | Self::List(range) => Some(range),
            Self::Sound => None,
        }
    }
}

/// `frames 0..240`, `packets 0..240` or `the sound`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Picture(range) => write!(f, "frames {range}"),
            Self::List(range) => write!(f, "packets {range}"),
            Self::Sound => f.write_str("the sound"),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Probe the source and make its frame list, by packets where they suffice unless told to decode; or from what clients
    /// listed.
    Index {
        job: JobId,
        by: IndexedBy,
        /// Why the film must not be cut, if so.
        one_piece: Option<String>,
    },
    Welcome {
        client: ClientId,
        session: SessionNo,
        holding: Vec<LeaseId>,
    },
    Offer {
        client: ClientId,
        session: SessionNo,
        lease: LeaseId,
        job: JobId,
        share: Share,
        measure: bool,
        /// None: no device.
        seat: Option<Seat>,
        /// How far back its decoder begins.
        lead: Lead,
        /// Whether its source is decoded twice.
        twice: bool,
    },
    Revoke {
        client: ClientId,
        session: SessionNo,
        lease: LeaseId,
        reason: String,
    },
    /// Check the bytes, then the frames of what lies under this lease; make it durable; answer `PieceChecked`.
    Check {
        lease: LeaseId,
        job: JobId,
        share: Share,
        piece: SentPiece,
    },
    /// Encode the frames of `spot` anew and compare them with those of the checked piece; answer `Audited`.
    Audit {
        lease: LeaseId,
        job: JobId,
        range: FrameRange,
        spot: FrameRange,
    },
    Kept {
        client: ClientId,
        session: SessionNo,
        lease: LeaseId,
    },
    SendAgain {
        client: ClientId,
        session: SessionNo,
        lease: LeaseId,
        reason: String,
    },
    /// Bytes that belong to no current lease and no piece.
    DiscardPiece {
        lease: LeaseId,
        job: JobId,
    },
    Join {
        job: JobId,
    },
    /// Stop what the server itself runs for this job (index, checks, join).
    StopWork {
        job: JobId,
    },
    /// Delete what is not needed any more: pieces, index, an uploaded source. The result stays where there is one.
    CleanJob {
        job: JobId,
        source: Option<UploadId>,
    },
    CloseSession {
        client: ClientId,
        session: SessionNo,
        code: RefusalCode,
        reason: String,
    },
    /// Tell every client that the server stops.
    SayDraining,
    Reply {
        ticket: Ticket,
        answer: Answer,
    },
    /// Something a person following the log would care about.
    Notice(Notice),
}

/// Answers that only the core can give; the rest is read from the view and the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    JobCreated(JobId),
    /// The command took hold; the body answers with the job's status.
    Cancelled(JobId),
    Disconnected(ClientId),
    Forgiven(ClientId),
    Error {
        code: ErrorCode,
        message: String,
    },
}

/// One line at INFO or WARN, written by the body; enough to tell a job's tour.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    JobAccepted {
        job: JobId,
        file_name: String,
        params: String,
        output_name: String,
    },
    /// Its frames are listed by clients first.
    JobToList {
        job: JobId,
        packets: u64,
    },
    JobIndexed {
        job: JobId,
        frames: u64,
        cuts: usize,
        by: IndexedBy,
        sound: bool,
        one_piece: Option<String>,
    },
    JobMoved {
        job: JobId,
        from: JobState,
        to: JobState,
        why: String,
    },
    Leased {
        job: JobId,
        client: ClientId,
        name: String,
        lease: LeaseId,
        share: Share,
        measure: bool,
        seat: Option<Seat>,
    },
    PieceKept {
        job: JobId,
        client: ClientId,
        name: String,
        lease: LeaseId,
        share: Share,
        bytes: u64,
        fps: f64,
        left: u64,
    },
    LeaseLost {
        job: JobId,
        client: ClientId,
        name: String,
        lease: LeaseId,
        share: Share,
        attempt: u32,
        fault: Fault,
    },
    JobEnded {
        job: JobId,
        state: JobState,
        why: String,
    },
    ClientUp {
        client: ClientId,
        name: String,
        cores: u32,
        clients: usize,
        back: bool,
    },
    ClientGone {
        client: ClientId,
        name: String,
        clients: usize,
        why: String,
    },
    /// Everything failed on it.
    SetAside {
        client: ClientId,
        name: String,
        why: String,
    },
    /// It was set aside, and is not any more.
    TakenBack {
        client: ClientId,
        name: String,
        why: String,
    },
    /// It lied.
    Struck {
        client: ClientId,
        name: String,
        strikes: usize,
        why: String,
    },
    /// Pieces of a client that was caught with forged pictures are encoded again.
    Doubted {
        job: JobId,
        client: ClientId,
        name: String,
        pieces: usize,
        frames: u64,
    },
    Audited {
        job: JobId,
        lease: LeaseId,
        spot: FrameRange,
        audit: Audit,
    },
    /// The decoders of two neighbouring pieces saw different pictures of the source.
    SeamDiffers {
        job: JobId,
        at: FrameNo,
        then: String,
    },
    /// Decoders that began at different key frames saw different pictures of a piece's frames.
    StartsDiffer {
        job: JobId,
        range: FrameRange,
        then: String,
    },
    /// Told once for each job: the server can't do itself what its clients do.
    NotAudited {
        job: JobId,
        why: String,
    },
    /// A device of a client gets nothing for a while, or less.
    DeviceSpared {
        client: ClientId,
        name: String,
        device: String,
        why: String,
    },
    SpeedMeasured {
        client: ClientId,
        name: String,
        kind: String,
        fps: f64,
    },
    /// Counted, and told at DEBUG: a message that no longer fits.
    Stale {
        client: ClientId,
        lease: LeaseId,
        what: &'static str,
    },
}

#[derive(Debug, Default)]
pub struct Effects {
    /// Committed in one transaction before any effect is performed.
    pub changes: Vec<Change>,
    /// Performed in order, after the commit.
    pub effects: Vec<Effect>,
}

impl Effects {
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.effects.is_empty()
    }
}
