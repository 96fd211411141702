//! What a submitter gives with a job beside its spec: a name, labels, and the key that keeps a repeated request from making another
//! job.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::ids::JobId;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Words about a job, for people and scripts.
pub(crate) type Labels = BTreeMap<String, String>;

/// How people call a job.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    /// For people. Null without one.
    pub name: Option<String>,
    pub labels: Labels,
}

/// All that is stored with a new job beside its spec.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Given {
    pub named: Named,
    pub preset: Option<String>,
    pub source_bytes: Option<u64>,
    pub request: Option<Request>,
    /// The job that this one repeats.
    pub retry_of: Option<JobId>,
}

/// A request that must be carried out once only, however often it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub key: RequestKey,
    /// SHA-256 of its body.
    pub body: String,
}

/// Whose request it is, and what names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestKey {
    pub owner: String,
    pub address: &'static str,
    pub key: String,
}

/// A request that was carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRow {
    pub body: String,
    pub job: JobId,
    /// What was answered. None if the server died before.
    pub answer: Option<String>,
}
