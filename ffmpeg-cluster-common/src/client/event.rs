//! Events: what the client's body tells its state machine.

use crate::fault::Fault;
use crate::ids::LeaseId;
use crate::media::plan::piece::SentPiece;
use crate::media::words::device::Device;
use crate::protocol::to_client::ToClient;
use crate::protocol::to_server::Spent;

#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    LinkUp,
    Heard(ToClient),
    LinkDown {
        reason: String,
    },
    /// The encoders and devices that are proved so far.
    Abilities {
        encoders: Vec<String>,
        devices: Vec<Device>,
    },
    Progress {
        lease: LeaseId,
        frames: u64,
        fps: f32,
    },
    /// The piece is finished and on this machine.
    Made {
        lease: LeaseId,
        piece: MadePiece,
    },
    Failed {
        lease: LeaseId,
        fault: Fault,
    },
    /// All bytes of the piece are on the server.
    Sent {
        lease: LeaseId,
    },
    /// The server's byte plane no longer knows the lease.
    Unwanted {
        lease: LeaseId,
    },
    FreeDisk(u64),
    Tick,
    /// Stop when all leases that are being encoded or sent are finished.
    Finish,
    /// Stop at once.
    Stop {
        reason: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadePiece {
    pub frames: u64,
    pub encode_ms: u64,
    /// None if the system does not report it.
    pub spent: Option<Spent>,
    pub sent: SentPiece,
}
