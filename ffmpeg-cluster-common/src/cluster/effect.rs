//! Effects: what the caller must do, and the two lists that a step fills.

use super::change::Change;
pub use super::notice::{Notice, Who};
use crate::frames::FrameRange;
use crate::ids::{ClientId, JobId, LeaseId, SessionNo, Ticket, UploadId};
use crate::media::plan::film::IndexedBy;
use crate::media::plan::piece::SentPiece;
use crate::media::plan::track::{Content, Segment};
use crate::media::plan::witness::Lead;
use crate::media::words::device::Seat;
use crate::protocol::command::ErrorCode;
use crate::protocol::to_client::ToClient;

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Probe the source and list its frames as `by` says: from packets where they suffice, by
    /// decoding, or from the lists that clients made.
    Index {
        job: JobId,
        by: IndexedBy,
        /// Why the film must not be cut. None if it may be cut.
        one_piece: Option<String>,
    },
    /// Welcome the client. The caller adds what only it knows.
    Welcome {
        client: ClientId,
        session: SessionNo,
        holding: Vec<LeaseId>,
    },
    /// Offer the lease, with the source and the work in the form that the client needs.
    Offer {
        client: ClientId,
        session: SessionNo,
        promised: Promised,
    },
    /// Check the bytes and frames of the piece of this lease, make its file durable,
    /// and answer with `PieceChecked`.
    Check {
        lease: LeaseId,
        job: JobId,
        segment: Segment,
        content: Content,
        /// For a sound track: the streams of the source that its piece holds.
        streams: Vec<u32>,
        piece: SentPiece,
    },
    /// Encode the frames of `spot`, compare them with those of the checked piece,
    /// and answer with `Audited`.
    Audit {
        lease: LeaseId,
        job: JobId,
        range: FrameRange,
        spot: FrameRange,
    },
    /// Delete bytes that belong to no current lease and no kept piece.
    DiscardPiece {
        lease: LeaseId,
        job: JobId,
    },
    Join {
        job: JobId,
    },
    /// Stop the server tasks of this job (index, checks, audits, join).
    StopWork {
        job: JobId,
    },
    /// Delete the job's pieces and index, and this uploaded source; a finished result stays.
    CleanJob {
        job: JobId,
        source: Option<UploadId>,
    },
    /// Send a message to a client. A refusal is the last message of its session.
    Say {
        client: ClientId,
        session: SessionNo,
        message: ToClient,
    },
    /// Tell every client that the server is stopping.
    SayDraining,
    Reply {
        ticket: Ticket,
        answer: Answer,
    },
    /// Log something that a person would care about.
    Notice(Notice),
}

impl Effect {
    /// The job that the server itself is to work on.
    const fn server_task(&self) -> Option<&JobId> {
        match self {
            Self::Index { job, .. }
            | Self::Check { job, .. }
            | Self::Audit { job, .. }
            | Self::Join { job } => Some(job),
            _ => None,
        }
    }
}

/// What the server tells a client about a new lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Promised {
    pub lease: LeaseId,
    pub job: JobId,
    pub segment: Segment,
    /// What the segment consists of.
    pub content: Content,
    /// For a sound track: the streams of the source that its piece holds.
    pub streams: Vec<u32>,
    pub measure: bool,
    /// The device to encode with. None means processors.
    pub seat: Option<Seat>,
    /// How many such segments the worker may encode side by side.
    pub beside: u32,
    /// How far before its first frame the decoder must begin.
    pub lead: Lead,
    /// The frames that the client must decode twice and compare.
    pub twice: Option<FrameRange>,
}

/// Answers to commands that only the cluster can give.
/// All other answers come from the view and the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    JobCreated(JobId),
    /// The job was cancelled; the caller answers with the job's status.
    Cancelled(JobId),
    /// One client is enough for the job; the caller answers with the job's status.
    Started(JobId),
    /// The job was paused, resumed or moved; the caller answers with the job's status.
    Arranged(JobId),
    Disconnected(ClientId),
    Forgiven(ClientId),
    Error {
        code: ErrorCode,
        message: String,
    },
}

#[derive(Debug, Default)]
pub struct Effects {
    /// The caller commits these in one transaction before it performs any effect.
    pub changes: Vec<Change>,
    /// The caller performs these in order, after the commit.
    pub effects: Vec<Effect>,
}

impl Effects {
    pub(super) fn record(&mut self, change: Change) {
        self.changes.push(change);
    }
    pub(super) fn perform(&mut self, effect: Effect) {
        self.effects.push(effect);
    }
    /// Stops the server tasks of the job. Those that this step would have started do not start at all.
    pub(super) fn stop_work(&mut self, id: &JobId) {
        self.effects.retain(|effect| effect.server_task() != Some(id));
        self.perform(Effect::StopWork { job: id.clone() });
    }
    pub(super) fn say(&mut self, client: &ClientId, session: SessionNo, message: ToClient) {
        self.perform(Effect::Say { client: client.clone(), session, message });
    }
    pub(super) fn reply(&mut self, ticket: Ticket, answer: Answer) {
        self.perform(Effect::Reply { ticket, answer });
    }
    pub(super) fn notice(&mut self, notice: Notice) {
        self.perform(Effect::Notice(notice));
    }
}
