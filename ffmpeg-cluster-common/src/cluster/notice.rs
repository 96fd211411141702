//! What a person who follows the log would care about.

use crate::fault::Fault;
use crate::frames::{FrameNo, FrameRange};
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::plan::film::IndexedBy;
use crate::media::plan::track::TrackNo;
use crate::media::proof::audit::Audit;
use crate::media::words::device::Seat;
use crate::protocol::command::JobState;

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
        /// The segment, for people.
        what: String,
        measure: bool,
        seat: Option<Seat>,
    },
    /// A lease for a segment that another client is late with.
    SecondTry {
        job: JobId,
        lease: LeaseId,
        late: LeaseId,
    },
    PieceKept {
        job: JobId,
        client: ClientId,
        name: String,
        lease: LeaseId,
        /// The segment, for people.
        what: String,
        bytes: u64,
        fps: f64,
        left: u64,
    },
    LeaseLost {
        job: JobId,
        client: ClientId,
        name: String,
        lease: LeaseId,
        /// The segment, for people.
        what: String,
        attempt: u32,
        fault: Fault,
    },
    /// The job goes on without a track that it does not need.
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
    /// It was paused, and is not any more.
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
