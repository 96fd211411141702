//! What the server says to a client.

use serde::{Deserialize, Serialize};

use super::release::Release;
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::plan::work::{SourceRef, Work};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToClient {
    Welcome(Welcome),
    /// The session can't be; the connection closes after it.
    Refused {
        code: RefusalCode,
        message: String,
    },
    /// The program that fits this server, for this client's platform. Said before a refusal for the protocol's sake.
    Release(Release),
    Offer(Box<Offer>),
    /// Stop working on this lease and forget its piece.
    Revoke {
        lease: LeaseId,
        reason: String,
    },
    /// The piece is committed, or was before; the client may forget it.
    Kept {
        lease: LeaseId,
    },
    /// The piece's bytes were not what was announced: send them again from the start.
    SendAgain {
        lease: LeaseId,
        reason: String,
    },
    Pong,
    /// The server stops; come back later, what you hold stays yours for a while.
    Draining,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    pub client_id: ClientId,
    pub boot: u32,
    pub version: String,
    /// Bytes of one transfer chunk.
    pub chunk_bytes: u64,
    /// Encoders that work here needs; a client that has not tried them yet tries them first.
    #[serde(default)]
    pub wanted: Vec<String>,
    /// Those of `Hello::holding` that are still this client's; the others are to be forgotten.
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
    /// The token is not known, was revoked, or is for something else.
    Unauthorized,
    /// The first message was no valid hello.
    BadHello,
    /// An operator disconnected this client.
    Disconnected,
    /// Nothing was heard for too long.
    Silent,
}

/// Work, promised to one client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    pub lease: LeaseId,
    pub job: JobId,
    pub source: SourceRef,
    pub work: Work,
    /// True where this piece also measures the client; it is shown as Benchmarking.
    pub measure: bool,
    /// The client's device that encodes it, by its name; none: no device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}
