//! Events for those who watch, and the spans of a job's work, as plain values.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::ids::{ClientId, JobId, LeaseId};
use ffmpeg_cluster_common::media::plan::track::Segment;
use ffmpeg_cluster_common::media::words::device::Seat;
use ffmpeg_cluster_common::text::rfc3339::rfc3339;
use ffmpeg_cluster_common::time::WallMillis;
use serde::{Deserialize, Serialize};

use super::given::Given;

/// What a commit tells beside its changes.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub at: WallMillis,
    pub events: Vec<NewEvent>,
    /// Of the leases that the changes end.
    pub moments: BTreeMap<LeaseId, Moments>,
    /// The server's own work that ended lately.
    pub server: Vec<(JobId, ServerSpan)>,
    /// With the jobs that the changes add.
    pub(crate) given: BTreeMap<JobId, Given>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    pub kind: &'static str,
    pub job: Option<JobId>,
    pub client: Option<ClientId>,
    /// Only this owner and admins see it. None: only admins.
    pub owner: Option<String>,
    /// JSON.
    pub data: String,
}

/// A stored event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    /// Ascends by one with each event.
    pub seq: u64,
    pub at: WallMillis,
    pub kind: String,
    pub job: Option<JobId>,
    pub client: Option<ClientId>,
    pub owner: Option<String>,
    pub data: String,
}

impl EventRow {
    /// As people and scripts read it, on one line.
    pub(crate) fn json(&self, boot: u32) -> String {
        self.object(boot, "at")
    }

    /// As a webhook gets it: Standard Webhooks names the moment so.
    pub(crate) fn message(&self, boot: u32) -> String {
        self.object(boot, "timestamp")
    }

    fn object(&self, boot: u32, at_name: &str) -> String {
        let Self { seq, at, kind, job, client, data, .. } = self;
        let id = |id: Option<&str>| id.map_or_else(|| "null".to_owned(), |id| format!("\"{id}\""));
        let (job, client) = (id(job.as_ref().map(JobId::as_str)), id(client.as_ref().map(ClientId::as_str)));
        let at = rfc3339(*at);
        format!(
            r#"{{"id":"{boot}.{seq}","seq":{seq},"type":"{kind}","{at_name}":"{at}","job_id":{job},"client_id":{client},"data":{data}}}"#
        )
    }
}

/// When a lease reached its phases. The core has no clock, so the driver notes them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moments {
    pub began: Option<WallMillis>,
    pub encoded: Option<WallMillis>,
    pub sent: Option<WallMillis>,
    /// The code of the fault that ended it.
    pub code: Option<String>,
}

/// What became of one lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanRow {
    pub lease: LeaseId,
    pub segment: Segment,
    pub client: ClientId,
    /// The client's name, for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<Seat>,
    pub leased_ms: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoded_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_ms: Option<u64>,
    /// `kept`, `lost`, `returned` or `doubted`. None while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encode_ms: Option<u64>,
    /// It is of an earlier list of the film's frames, so its units are not today's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub earlier: bool,
}

/// A stretch of the server's own work for a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerSpan {
    pub what: String,
    pub began_ms: u64,
    pub ended_ms: u64,
}

/// All work of a job, in the order in which it began.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spans {
    pub leases: Vec<SpanRow>,
    pub server: Vec<ServerSpan>,
}
