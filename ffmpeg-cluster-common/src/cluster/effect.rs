//! What must be done, and the two lists that a step fills.

use super::change::Change;
pub use super::notice::Notice;
use crate::frames::FrameRange;
use crate::ids::{ClientId, JobId, LeaseId, SessionNo, Ticket, UploadId};
use crate::media::plan::film::IndexedBy;
use crate::media::plan::track::{Content, Segment};
use crate::media::plan::witness::Lead;
use crate::media::plan::work::SentPiece;
use crate::media::words::device::Seat;
use crate::protocol::command::ErrorCode;
use crate::protocol::to_client::RefusalCode;

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
        promised: Promised,
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
        segment: Segment,
        content: Content,
        piece: SentPiece,
    },
    /// Encode the frames of `spot` again and compare them with those of the checked piece; answer `Audited`.
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

/// A lease that is on the books, as its client is to be told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promised {
    pub lease: LeaseId,
    pub job: JobId,
    pub segment: Segment,
    /// What the segment is of.
    pub content: Content,
    pub measure: bool,
    /// None: no device.
    pub seat: Option<Seat>,
    /// How far back its decoder begins.
    pub lead: Lead,
    /// Whether its source is decoded twice.
    pub twice: bool,
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
