//! Messages from the server to a client.

use serde::{Deserialize, Serialize};

use super::release::Release;
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::plan::work::{SourceRef, Work};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToClient {
    Welcome(Welcome),
    /// The server refuses the session and closes the connection.
    Refused {
        code: RefusalCode,
        message: String,
    },
    /// The program that fits this server, for the client's platform.
    /// Sent before a refusal because of the protocol version.
    Release(Release),
    Offer(Box<Offer>),
    /// Stop working on this lease and forget its piece.
    Revoke {
        lease: LeaseId,
        reason: String,
    },
    /// The piece is committed, now or earlier; the client may forget it.
    Kept {
        lease: LeaseId,
    },
    /// Send the piece again: its bytes differ from those announced, or the server's disk was full.
    SendAgain {
        lease: LeaseId,
        reason: String,
    },
    Pong,
    /// The server stops. The client reconnects later, and keeps its leases for a while.
    Draining,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    pub client_id: ClientId,
    pub boot: u32,
    pub version: String,
    /// Bytes of one transfer chunk.
    pub chunk_bytes: u64,
    /// Encoders that current jobs need; the client first tries those that it has not tried yet.
    #[serde(default)]
    pub wanted: Vec<String>,
    /// The leases of `Hello::holding` that the client still has; it forgets all others.
    pub holding: Vec<LeaseId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// This server speaks another version of the protocol.
    ProtocolVersion,
    /// Another process is connected under this identity.
    IdentityInUse,
    /// The identity belongs to a client that has another key.
    IdentityTaken,
    /// The token is unknown, revoked, or for another role.
    Unauthorized,
    /// The first message was not a valid hello.
    BadHello,
    /// An operator disconnected this client.
    Disconnected,
    /// The client was silent for too long.
    Silent,
}

/// A lease, as the server offers it to its client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    pub lease: LeaseId,
    pub job: JobId,
    pub source: SourceRef,
    pub work: Work,
    /// Whether this piece also measures the client, which meanwhile is shown as Benchmarking.
    pub measure: bool,
    /// The name of the client's device that encodes. None means the processors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// How many such segments the client's processors may encode side by side. None means 1, and
    /// an older server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<u32>,
}
