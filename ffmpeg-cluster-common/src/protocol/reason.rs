//! Why a job waits, or what it is doing, in parts for scripts and for the page.

use serde::Serialize;

use crate::ids::{ClientId, LeaseId};
use crate::text::rfc3339::rfc3339;
use crate::time::WallMillis;

/// A part of the explanation.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reason {
    pub code: ReasonCode,
    /// The sentence that `explain` has for it.
    pub text: String,
    /// The client that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// The lease that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub lease: Option<LeaseId>,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// What somebody can do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Remedy>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// A person paused the job.
    PausedByUser,
    /// The job waits behind others to be indexed.
    QueuePosition,
    /// The server, or its clients, list the frames of the source.
    Indexing,
    /// Too few clients that can do the work are connected.
    WaitingForClients,
    /// No connected client has proved the encoder.
    NoEncoder,
    /// No connected client with the encoder decodes the source.
    NoDecoder,
    /// A client lacks the hardware that the job demands.
    NoHardware,
    /// Only clients with one kind of decoder may go on.
    OneKind,
    /// The server's disk has no room for more work.
    DiskFull,
    /// Clients encode.
    Encoding,
    /// Work is left, and no client does it.
    NobodyWorks,
    /// A client gets no work, or one segment at a time.
    SetAside,
    /// A device of a client rests after failures.
    DeviceRests,
    /// What a client said of some frames is in doubt.
    Doubted,
    /// What one lease does.
    Lease,
    /// Frames that failed wait for another client, or for a time.
    RetryWait,
    /// The job goes on without a part that it does not need.
    GoesOnWithout,
    /// A part waits for a client that can do it.
    PartWaits,
    /// The result is joined and proved.
    Joining,
    /// The server stops, and grants no more leases.
    Draining,
    /// The server has just taken the job.
    Accepted,
    /// The job has ended, with a result, with an error or by a person.
    Ended,
}

/// What somebody can do about a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Go on with the paused job (`POST …/resume`).
    Resume,
    /// Begin with the clients that are there (`POST …/start`).
    Start,
    /// Connect another client that can do the work.
    JoinClient,
    /// Free room on the server's disk.
    FreeDisk,
    /// Let the client in sooner (`ForgiveClient` of `/ws/command`).
    ForgiveClient,
    /// Try the failed or cancelled job again (`POST …/retry`).
    Retry,
}

impl Reason {
    pub fn new(code: ReasonCode, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), client_id: None, lease: None, until: None, remedy: None }
    }

    pub(crate) fn about(self, client: &ClientId) -> Self {
        Self { client_id: Some(client.clone()), ..self }
    }

    pub(crate) fn of(self, lease: LeaseId) -> Self {
        Self { lease: Some(lease), ..self }
    }

    pub(crate) fn until(self, at: WallMillis) -> Self {
        Self { until: Some(rfc3339(at)), ..self }
    }

    #[must_use]
    pub fn remedied_by(self, remedy: Remedy) -> Self {
        Self { remedy: Some(remedy), ..self }
    }
}
