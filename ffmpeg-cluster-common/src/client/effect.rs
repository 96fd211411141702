//! Effects: what the client's body must do.

use super::event::MadePiece;
use crate::fault::Fault;
use crate::ids::LeaseId;
use crate::protocol::release::Release;
use crate::protocol::to_client::Offer;
use crate::protocol::to_server::ToServer;
use crate::time::Millis;

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Connect,
    Say(ToServer),
    HangUp,
    /// Prove these encoders now, then all others.
    Prove(Vec<String>),
    /// Fetch the source's bytes for this offer, whose work starts soon.
    Prefetch(Box<Offer>),
    Start(Box<Offer>),
    SendPiece(LeaseId),
    /// Stop all work for the lease and delete its files.
    Forget(LeaseId),
    Exit(Ending),
    Notice(Notice),
}

/// Why the client ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    Stopped,
    /// The server is gone, and the client is not set to persist.
    ServerGone,
    /// The server refused this client, with this message.
    Refused(String),
    /// The client does not speak the server's protocol, and the server offers a program that does.
    Outdated {
        why: String,
        release: Release,
    },
}

/// One line of the log; the client's body writes it.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    Welcomed { boot: u32, kept: usize },
    Away { reason: String, again_in: Millis, attempt: u32 },
    Taken { lease: LeaseId, measure: bool },
    Made { lease: LeaseId, piece: MadePiece },
    Kept { lease: LeaseId },
    Dropped { lease: LeaseId, reason: String },
    Failed { lease: LeaseId, fault: Fault },
}
