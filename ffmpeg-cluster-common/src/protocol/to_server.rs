//! What a client says. JSON text frames, at most [`crate::limits::MESSAGE_BYTES_MAX`] each.

use serde::{Deserialize, Serialize};

use crate::access::secret::Secret;
use crate::fault::Fault;
use crate::ids::{ClientId, LeaseId};
use crate::media::plan::work::SentPiece;
use crate::media::words::device::Device;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ToServer {
    /// The first message of every session.
    Hello(Hello),
    /// The encoders that it has proved; sent after the welcome and whenever that changes.
    Abilities {
        encoders: Vec<String>,
        #[serde(default)]
        devices: Vec<Device>,
    },
    /// Frames done so far, at most twice a second.
    Progress { lease: LeaseId, frames: u64, fps: f32 },
    /// The encode ended well; the piece is on its way.
    Encoded { lease: LeaseId, frames: u64, encode_ms: u64 },
    /// All bytes of the piece are on the server, under the lease's number.
    PieceSent { lease: LeaseId, piece: SentPiece },
    /// The lease ended in a fault.
    Failed { lease: LeaseId, fault: Fault },
    /// Sent every [`crate::limits::HEARTBEAT_EVERY`]; answered with `Pong`.
    Ping { free_disk: u64 },
    /// The client was asked to stop and finishes what it encodes first; it gives back what it has not begun, and wants
    /// nothing more.
    Finishing { returned: Vec<LeaseId> },
    /// The client stops; its leases go back without counting as attempts.
    Leaving { reason: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    pub protocol: u32,
    /// Kept by the client between runs.
    pub client_id: ClientId,
    /// Proves that it is this client. The first one that an identity comes with is its key from then on.
    pub client_key: Secret,
    /// For people; the host's name, shortened to something printable by the server.
    pub name: String,
    pub version: String,
    pub ffmpeg_version: String,
    pub platform: String,
    pub cores: u32,
    pub memory_bytes: u64,
    /// 0 is unknown.
    pub free_disk: u64,
    /// Encoders proved so far; the rest may follow in `Abilities`.
    pub encoders: Vec<String>,
    /// Devices that encode in hardware, with what was proved of them so far.
    #[serde(default)]
    pub devices: Vec<Device>,
    /// Longest measurement this client agrees to, in seconds.
    pub benchmark_secs: u32,
    /// Leases that this client still works on, or has a piece of.
    pub holding: Vec<LeaseId>,
}
