//! What the catalog gives and takes, as plain values.

use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::cluster::event::JobSpec;
use ffmpeg_cluster_common::cluster::place::Place;
use ffmpeg_cluster_common::ids::{JobId, UploadId};
use ffmpeg_cluster_common::media::plan::film::Film;
use ffmpeg_cluster_common::media::proof::report::Report;
use ffmpeg_cluster_common::protocol::command::JobState;
use ffmpeg_cluster_common::time::WallMillis;

use super::given::Named;

/// A stored job, open or ended.
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
    /// When its result was removed.
    pub result_removed_at: Option<WallMillis>,
    /// Crashes of the server during its own work on the job.
    pub crashes: u32,
    pub place: Place,
    pub paused: bool,
    pub named: Named,
    pub preset: Option<String>,
    /// The job that this one repeats.
    pub retry_of: Option<JobId>,
}

/// A job in a list. There may be very many, so it holds nothing large.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedJob {
    pub job: JobId,
    pub file_name: String,
    pub state: JobState,
    pub created_at: WallMillis,
    pub completed_at: Option<WallMillis>,
    pub error: Option<String>,
    pub owner: String,
    pub named: Named,
    pub output_name: String,
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

/// A file that is arriving, or has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRow {
    pub upload: UploadId,
    pub bytes: u64,
    /// For people.
    pub file_name: String,
    /// As the uploader sent it.
    pub metadata: String,
    pub created_at: WallMillis,
    pub owner: String,
    /// When the last job that had it as its source ended. None without one.
    pub read_until: Option<WallMillis>,
}

impl UploadRow {
    pub(crate) fn place(&self) -> UploadId {
        self.upload.clone()
    }
}

/// A stored token. Only the person who was shown the secret knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    /// No secret; it appears in logs.
    pub id: String,
    pub role: Role,
    /// For people.
    pub name: String,
    /// SHA-256 of the secret.
    pub hash: String,
    pub created_at: WallMillis,
    pub revoked_at: Option<WallMillis>,
    /// From then on it lets nobody in.
    pub expires_at: Option<WallMillis>,
    /// When it let somebody in for the last time, to the minute.
    pub used_at: Option<WallMillis>,
}

/// A browser that signed in with a token. Only the browser knows the cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInRow {
    /// SHA-256 of the cookie.
    pub hash: String,
    /// The token's number. A sign-in may do what its token may, and ends with it.
    pub token: String,
    pub created_at: WallMillis,
    pub seen_at: WallMillis,
    pub expires_at: WallMillis,
    /// How long it lasts after it was last seen.
    pub lasts_ms: u64,
    /// The browser, as it named itself.
    pub agent: String,
    pub from: String,
}

/// A link that signs a browser in, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRow {
    /// SHA-256 of the link's code.
    pub hash: String,
    /// The number of the token that the sign-in belongs to.
    pub token: String,
    pub expires_at: WallMillis,
}

/// A link by which players without a token play the stream of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchLinkRow {
    /// SHA-256 of the link's code.
    pub hash: String,
    pub job: JobId,
    /// The number of the token that made it, or `local`.
    pub made_by: String,
    pub created_at: WallMillis,
    pub expires_at: WallMillis,
}

/// Rows in one read: it bounds the memory, and other readers get their turn.
const ROWS_AT_ONCE: usize = 500;

/// A part of a list, read at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<K> {
    /// The page begins after this one; None: at the start of the list.
    pub after: Option<K>,
    pub limit: usize,
}

impl<K> Page<K> {
    pub(crate) fn first() -> Self {
        Self { after: None, limit: ROWS_AT_ONCE }
    }

    /// The next page of the same list. None if `found` was the last.
    pub(crate) fn next<T>(&self, found: &[T], place: impl FnOnce(&T) -> K) -> Option<Self> {
        let last = found.last().filter(|_| found.len() >= self.limit)?;
        Some(Self { after: Some(place(last)), limit: self.limit })
    }
}
