//! Events: the only input of the cluster.

use serde::{Deserialize, Serialize};

use super::place::Arrange;
use crate::fault::Fault;
use crate::ids::{ClientId, JobId, LeaseId, SessionNo, Ticket, UploadId};
use crate::media::params::Profile;
use crate::media::params::ladder::Ladder;
use crate::media::plan::film::Film;
use crate::media::plan::piece::{PieceFacts, SentPiece};
use crate::media::proof::audit::Audit;
use crate::media::proof::report::{Care, Report};
use crate::media::source::sequence::Sequence;
use crate::media::words::device::{Device, Hw};
use crate::protocol::command::Priority;
use crate::protocol::to_server::{Hello, Spent};
use crate::time::WallMillis;

/// One thing that happened.
/// `at` is the wall-clock time for people to read; no decision depends on it.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    Submitted {
        ticket: Ticket,
        job: JobId,
        spec: Box<JobSpec>,
        at: WallMillis,
    },
    CancelAsked {
        ticket: Ticket,
        job: JobId,
        at: WallMillis,
    },
    /// Somebody wants a job that waits for clients to begin with those that are there.
    StartAsked {
        ticket: Ticket,
        job: JobId,
    },
    /// Somebody pauses or resumes a job, or changes its place in the queue.
    ArrangeAsked {
        ticket: Ticket,
        job: JobId,
        how: Arrange,
    },
    DisconnectAsked {
        ticket: Ticket,
        client: ClientId,
    },
    /// An operator forgives a client that lied.
    ForgiveAsked {
        ticket: Ticket,
        client: ClientId,
    },

    /// The server has probed the source and listed its frames.
    Indexed {
        job: JobId,
        film: Box<Film>,
    },
    IndexFailed {
        job: JobId,
        fault: Fault,
        at: WallMillis,
    },

    /// A client sent a valid hello.
    /// It ends an earlier session of the same client, but not the client's leases.
    ClientUp {
        client: ClientId,
        session: SessionNo,
        hello: Box<Hello>,
        at: WallMillis,
    },
    Abilities {
        client: ClientId,
        session: SessionNo,
        encoders: Vec<String>,
        devices: Vec<Device>,
    },
    /// The session ended, whichever side closed it.
    ClientGone {
        client: ClientId,
        session: SessionNo,
    },
    /// The client sent a message of any kind.
    Heard {
        client: ClientId,
        session: SessionNo,
        free_disk: Option<u64>,
    },
    /// The client finishes its running encodes and takes no new leases.
    Finishing {
        client: ClientId,
        session: SessionNo,
        /// Leases that the client has not begun and returns.
        returned: Vec<LeaseId>,
    },
    /// The client stops; its leases go back at once and without blame.
    Leaving {
        client: ClientId,
        session: SessionNo,
    },

    Progress {
        client: ClientId,
        lease: LeaseId,
        frames: u64,
        fps: f32,
    },
    Encoded {
        client: ClientId,
        lease: LeaseId,
        encode_ms: u64,
        /// None if the client does not know it.
        spent: Option<Spent>,
    },
    /// The client says that all bytes of the piece are on the server.
    /// A repetition after a reconnect gets the same answer.
    PieceSent {
        client: ClientId,
        lease: LeaseId,
        piece: SentPiece,
    },
    /// Bytes of this lease's piece arrived.
    BytesCame {
        lease: LeaseId,
        /// The total number of bytes that have arrived so far.
        bytes: u64,
    },
    LeaseFailed {
        client: ClientId,
        lease: LeaseId,
        fault: Fault,
    },
    /// The server could not prepare the offer of a lease.
    OfferFailed {
        lease: LeaseId,
        fault: Fault,
    },

    /// The server has checked the piece: digest, length, frames, times and stream parameters.
    /// The file is durable under its final name by now.
    PieceChecked {
        lease: LeaseId,
        result: Result<CheckedPiece, Fault>,
        /// A random number, which decides whether and where the piece is audited.
        chance: u64,
    },
    /// The server has encoded some frames of the piece itself.
    /// A fault means that the server's own encode failed; it says nothing about the piece.
    Audited {
        lease: LeaseId,
        result: Result<Audit, Fault>,
    },
    Joined {
        job: JobId,
        report: Box<Report>,
        at: WallMillis,
    },
    JoinFailed {
        job: JobId,
        fault: Fault,
        at: WallMillis,
    },
    /// The part of the join that is done, from 0 to 1.
    JoinProgress {
        job: JobId,
        done: f32,
    },

    /// Free bytes on the disk of the work folder.
    FreeDisk(u64),
    /// The time given by `Cluster::deadline` has come.
    Tick,
    /// The server stops: it grants no new leases and tells its clients.
    Drain,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedPiece {
    pub bytes: u64,
    pub sha256: String,
    pub facts: PieceFacts,
}

/// Where the bytes of a source are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceAt {
    /// The absolute path of the submitter's file, which we never copy, change or delete.
    LocalFile(String),
    /// The submitter's images, packed into one file of our own.
    Sequence(Sequence),
    /// An uploaded file, which we delete when the job is completed or cancelled, but not when it failed.
    Upload(UploadId),
}

impl SourceAt {
    /// Bytes of disk space that the source takes on the server, except for uploads.
    pub fn packed_bytes(&self) -> u64 {
        match self {
            Self::Sequence(sequence) => sequence.bytes,
            Self::LocalFile(_) | Self::Upload(_) => 0,
        }
    }
}

/// The owner of jobs that were submitted on the server's own machine.
pub const LOCAL: &str = "local";

/// A complete job request, after admission has checked it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobSpec {
    pub source: SourceAt,
    /// The name of the source, for people.
    pub file_name: String,
    pub output_name: String,
    pub profile: Profile,
    /// The parameters as the submitter typed them, for people.
    pub params_text: String,
    pub required_clients: u32,
    pub exactly: bool,
    #[serde(default)]
    pub care: Care,
    #[serde(default, skip_serializing_if = "Hw::is_off")]
    pub hw: Hw,
    /// The priority that the job was submitted with.
    #[serde(default, skip_serializing_if = "Priority::is_normal")]
    pub priority: Priority,
    /// If set, the job makes a stream of these rungs, and no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ladder: Option<Box<Ladder>>,
    /// The submitter; the cluster only stores it.
    #[serde(default = "local")]
    pub owner: String,
}

fn local() -> String {
    LOCAL.to_owned()
}
