//! What comes in.

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::ids::{ClientId, JobId, LeaseId, SessionNo, Ticket, UploadId};
use crate::media::params::Profile;
use crate::media::plan::film::Film;
use crate::media::plan::work::{PieceFacts, SentPiece};
use crate::media::proof::audit::Audit;
use crate::media::proof::report::{Care, Report};
use crate::media::source::sequence::Sequence;
use crate::media::words::device::{Device, Hw};
use crate::protocol::to_server::Hello;
use crate::time::WallMillis;

/// `at` is the wall clock, for people to read; nothing is decided by it.
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
    DisconnectAsked {
        ticket: Ticket,
        client: ClientId,
    },
    /// An operator lets a client in again that lied.
    ForgiveAsked {
        ticket: Ticket,
        client: ClientId,
    },

    /// The source was probed and indexed.
    Indexed {
        job: JobId,
        film: Box<Film>,
    },
    IndexFailed {
        job: JobId,
        fault: Fault,
        at: WallMillis,
    },

    /// A valid hello. An earlier session of the same client ends by it, its leases do not.
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
    /// The session ended, whoever ended it.
    ClientGone {
        client: ClientId,
        session: SessionNo,
    },
    /// Anything at all was heard from the client.
    Heard {
        client: ClientId,
        session: SessionNo,
        free_disk: Option<u64>,
    },
    /// The client finishes what it encodes, and takes nothing more.
    Finishing {
        client: ClientId,
        session: SessionNo,
        /// Leases that it has not begun.
        returned: Vec<LeaseId>,
    },
    /// The client said that it stops: its leases go back at once and without blame.
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
    },
    /// The client says all bytes are here. Said again after a reconnect, the answer is the same.
    PieceSent {
        client: ClientId,
        lease: LeaseId,
        piece: SentPiece,
    },
    /// Bytes of this lease's piece arrived.
    BytesCame {
        lease: LeaseId,
        /// All of it that is here by now.
        bytes: u64,
    },
    LeaseFailed {
        client: ClientId,
        lease: LeaseId,
        fault: Fault,
    },

    /// The server looked at the piece itself: digest, length, frames, times, stream parameters. The
    /// file is durable under its final name by now.
    PieceChecked {
        lease: LeaseId,
        result: Result<CheckedPiece, Fault>,
        /// Any number; it decides whether the piece is audited, and where.
        chance: u64,
    },
    /// The server encoded some frames of the piece itself. A fault is the server's own: it could not.
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
    /// Share of the join that is done, 0 to 1.
    JoinProgress {
        job: JobId,
        done: f32,
    },

    /// Free bytes on the disk of the work folder.
    FreeDisk(u64),
    /// A deadline passed.
    Tick,
    /// No new leases from now on; clients are told.
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
    /// A file of the submitter's, absolute; never copied, never changed, never deleted.
    LocalFile(String),
    /// Images of the submitter's; ours is the file that they are packed into.
    Sequence(Sequence),
    /// A file that came by upload, ours to delete when the job has ended.
    Upload(UploadId),
}

impl SourceAt {
    /// What it takes here beside uploads.
    pub fn packed_bytes(&self) -> u64 {
        match self {
            Self::Sequence(sequence) => sequence.bytes,
            Self::LocalFile(_) | Self::Upload(_) => 0,
        }
    }
}

/// The owner of what was submitted on the server's own machine.
pub const LOCAL: &str = "local";

/// Everything that was asked for, as admission checked it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobSpec {
    pub source: SourceAt,
    /// For people.
    pub file_name: String,
    pub output_name: String,
    pub profile: Profile,
    /// The parameters as they were typed, for people.
    pub params_text: String,
    pub required_clients: u32,
    pub exactly: bool,
    #[serde(default)]
    pub care: Care,
    #[serde(default, skip_serializing_if = "Hw::is_off")]
    pub hw: Hw,
    /// Whose job it is; the mind only remembers it.
    #[serde(default = "local")]
    pub owner: String,
}

fn local() -> String {
    LOCAL.to_owned()
}
