//! Notices: what the log tells people.

use crate::fault::Fault;
use crate::frames::{FrameNo, FrameRange};
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::plan::film::IndexedBy;
use crate::media::plan::track::TrackNo;
use crate::media::proof::audit::Audit;
use crate::media::words::device::Seat;
use crate::protocol::command::JobState;

/// A client, as people know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    pub id: ClientId,
    pub name: String,
}

/// One line of the log; the caller writes it.
/// The notices of a job tell its whole history.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    JobAccepted {
        job: JobId,
        file_name: String,
        params: String,
        output_name: String,
    },
    /// Clients first list the frames of the job, by decoding.
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
    JobPaused {
        job: JobId,
        paused: bool,
    },
    Leased {
        job: JobId,
        client: Who,
        lease: LeaseId,
        /// The segment, for people.
        what: String,
        measure: bool,
        seat: Option<Seat>,
    },
    /// A second client gets the segment of the late lease `late`.
    SecondTry {
        job: JobId,
        lease: LeaseId,
        late: LeaseId,
    },
    PieceKept {
        job: JobId,
        client: Who,
        lease: LeaseId,
        /// The segment, for people.
        what: String,
        bytes: u64,
        fps: f64,
        left: u64,
    },
    LeaseLost {
        job: JobId,
        client: Who,
        lease: LeaseId,
        /// The segment, for people.
        what: String,
        attempt: u32,
        fault: Fault,
    },
    /// The job goes on without an optional track.
    TrackGivenUp {
        job: JobId,
        track: TrackNo,
        why: String,
    },
    JobEnded {
        job: JobId,
        state: JobState,
        why: String,
    },
    ClientUp {
        client: Who,
        cores: u32,
        clients: usize,
        back: bool,
    },
    ClientGone {
        client: Who,
        clients: usize,
        why: String,
    },
    /// A client is paused, because everything fails on it or because it lied.
    SetAside {
        client: Who,
        why: String,
    },
    /// A paused client gets work again.
    TakenBack {
        client: Who,
        why: String,
    },
    /// A client lied.
    Struck {
        client: Who,
        strikes: usize,
        why: String,
    },
    /// The pieces of a client whose piece failed its audit are encoded again.
    Doubted {
        job: JobId,
        client: Who,
        pieces: usize,
        frames: u64,
    },
    Audited {
        job: JobId,
        lease: LeaseId,
        spot: FrameRange,
        audit: Audit,
    },
    /// The decoders of two neighbouring pieces gave different pictures of the same source frames.
    SeamDiffers {
        job: JobId,
        at: FrameNo,
        then: String,
    },
    /// Decoders that began at different key frames gave different pictures of a piece's frames.
    StartsDiffer {
        job: JobId,
        range: FrameRange,
        then: String,
    },
    /// Pieces of the job are not audited: the server can't encode them, or its own encode failed.
    /// Logged once for each job.
    NotAudited {
        job: JobId,
        why: String,
    },
    /// A device of a client is paused.
    DeviceSpared {
        client: Who,
        device: String,
        why: String,
    },
    SpeedMeasured {
        client: Who,
        kind: String,
        fps: f64,
    },
    /// A message of a client no longer fits. It is counted, and logged at DEBUG.
    Stale {
        client: ClientId,
        lease: LeaseId,
        what: &'static str,
    },
}
