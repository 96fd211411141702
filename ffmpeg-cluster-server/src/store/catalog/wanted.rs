//! Which jobs a list shows, in which order.

use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::time::WallMillis;

use super::rows::ListedJob;

/// A page of the jobs that fit every given condition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobsWanted {
    /// Empty: in any state.
    pub states: Vec<JobState>,
    /// A part of the film's name or the job's, in upper or lower case.
    pub name: Option<String>,
    /// A label, and its value.
    pub label: Option<[String; 2]>,
    pub owner: Option<String>,
    /// At this moment, or later.
    pub created_after: Option<WallMillis>,
    pub created_before: Option<WallMillis>,
    pub order: JobOrder,
    /// The page begins behind this place of the same order.
    pub after: Option<(OrderKey, JobId)>,
    pub limit: usize,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum JobOrder {
    #[default]
    NewestFirst,
    OldestFirst,
    /// Those that have not ended stand at the end.
    LastEndedFirst,
    Name,
}

/// What jobs are ordered by; equal ones stand in the order of their identities, with the oldest first in the opposite one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum OrderKey {
    Moment(u64),
    Name(String),
}

impl JobOrder {
    pub(crate) fn key(self, row: &ListedJob) -> OrderKey {
        match self {
            Self::NewestFirst | Self::OldestFirst => OrderKey::Moment(row.created_at.0),
            Self::LastEndedFirst => OrderKey::Moment(row.completed_at.map_or(0, |at| at.0)),
            Self::Name => OrderKey::Name(row.file_name.clone()),
        }
    }
}

/// A page, and how many jobs there are on all pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobsFound {
    pub rows: Vec<ListedJob>,
    pub is_last: bool,
    pub total: u64,
}
