//! What the catalog gives and takes, as plain values.

use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::cluster::event::JobSpec;
use ffmpeg_cluster_common::ids::{JobId, UploadId};
use ffmpeg_cluster_common::media::plan::film::Film;
use ffmpeg_cluster_common::media::proof::report::Report;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::time::WallMillis;

/// A job as it is remembered, ended or not.
#[derive(Debug, Clone)]
pub struct JobRow {
    pub job: JobId,
    pub file_name: String,
    pub output_name: String,
    pub state: JobState,
    pub created_at: WallMillis,
    pub completed_at: Option<WallMillis>,
    pub error: Option<String>,
    pub report: Option<Report>,
    pub film: Option<Film>,
    pub spec: JobSpec,
    pub owner: String,
    /// Its result was there until then.
    pub result_removed_at: Option<WallMillis>,
    /// Of the server, while it worked on the job itself.
    pub crashes: u32,
}

/// What a list tells of a job. There may be very many, so nothing large is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedJob {
    pub job: JobId,
    pub file_name: String,
    pub state: JobState,
    pub created_at: WallMillis,
    pub completed_at: Option<WallMillis>,
    pub error: Option<String>,
}

impl ListedJob {
    pub(crate) fn place(&self) -> JobPlace {
        JobPlace { created_at: self.created_at, job: self.job.clone() }
    }
}

/// Where a job stands in the list of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobPlace {
    pub created_at: WallMillis,
    pub job: JobId,
}

/// A file on its way in, or arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRow {
    pub upload: UploadId,
    pub bytes: u64,
    /// For people.
    pub file_name: String,
    /// As the uploader said it.
    pub metadata: String,
    pub created_at: WallMillis,
    pub owner: String,
}

impl UploadRow {
    pub(crate) fn place(&self) -> UploadId {
        self.upload.clone()
    }
}

/// A token as it is remembered: its secret is known to whoever was shown it, and to nobody else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// No secret; it stands in logs.
    pub id: String,
    pub role: Role,
    /// For people.
    pub name: String,
    /// SHA-256 of the secret.
    pub hash: String,
    pub created_at: WallMillis,
    pub revoked_at: Option<WallMillis>,
}

/// Rows that are read at once, so that others get their turn and memory is bounded.
const ROWS_AT_ONCE: usize = 500;

/// The part of a list that is read at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<K> {
    /// It begins behind this one; None: at the list's beginning.
    pub after: Option<K>,
    pub limit: usize,
}

impl<K> Page<K> {
    pub(crate) fn first() -> Self {
        Self { after: None, limit: ROWS_AT_ONCE }
    }

    /// Of the same list. None where `found` was the last.
    pub(crate) fn next<T>(&self, found: &[T], place: impl FnOnce(&T) -> K) -> Option<Self> {
        let last = found.last().filter(|_| found.len() >= self.limit)?;
        Some(Self { after: Some(place(last)), limit: self.limit })
    }
}
