//! Messages from a client to the server, as JSON text frames of at most
//! [`crate::limits::MESSAGE_BYTES_MAX`] each.

use serde::{Deserialize, Serialize};

use crate::access::secret::Secret;
use crate::fault::Fault;
use crate::ids::{ClientId, LeaseId};
use crate::media::plan::piece::SentPiece;
use crate::media::words::device::Device;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ToServer {
    /// The first message of every session.
    Hello(Hello),
    /// The encoders that the client has proved; sent after the welcome and after every change.
    Abilities {
        encoders: Vec<String>,
        #[serde(default)]
        devices: Vec<Device>,
    },
    /// Frames encoded so far, at most twice a second.
    Progress { lease: LeaseId, frames: u64, fps: f32 },
    /// The encode succeeded, and the client sends the piece.
    Encoded {
        lease: LeaseId,
        frames: u64,
        encode_ms: u64,
        /// None if unknown, and if the offer has no `beside`, because its server is older.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        spent: Option<Spent>,
    },
    /// All bytes of the piece are on the server, under the lease's number.
    PieceSent { lease: LeaseId, piece: SentPiece },
    /// The lease ended in a fault.
    Failed { lease: LeaseId, fault: Fault },
    /// Sent every [`crate::limits::HEARTBEAT_EVERY`]; answered with `Pong`.
    Ping { free_disk: u64 },
    /// The client finishes its running encodes and then stops.
    /// It returns the leases that it has not begun, and wants no new ones.
    Finishing { returned: Vec<LeaseId> },
    /// The client stops; its leases go back without counting as attempts.
    Leaving { reason: String },
}

/// What the encoder of a piece used of its machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spent {
    /// Processor time in milliseconds.
    pub cpu_ms: u64,
    /// How long it ran, in milliseconds.
    pub ran_ms: u64,
    /// The most memory that it held.
    pub memory_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    pub protocol: u32,
    /// The client's identity, which it keeps between runs.
    pub client_id: ClientId,
    /// Proves the identity. The first key that comes with an identity belongs to it from then on.
    pub client_key: Secret,
    /// The host's name, for people; the server sanitises and shortens it.
    pub name: String,
    pub version: String,
    pub ffmpeg_version: String,
    pub platform: String,
    pub cores: u32,
    pub memory_bytes: u64,
    /// Free bytes. 0 means unknown.
    pub free_disk: u64,
    /// Encoders that are proved so far; others may follow in `Abilities`.
    pub encoders: Vec<String>,
    /// Devices that encode in hardware, with the encoders that each has proved so far.
    #[serde(default)]
    pub devices: Vec<Device>,
    /// Codecs that its ffmpeg decodes without hardware. Empty if not reported, as by older releases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decodes: Vec<String>,
    /// The longest measurement that this client agrees to, in seconds.
    pub benchmark_secs: u32,
    /// Leases that this client still works on, has a finished piece for,
    /// or has yet to report as failed.
    pub holding: Vec<LeaseId>,
}
