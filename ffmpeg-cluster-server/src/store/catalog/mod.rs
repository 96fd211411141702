//! What is remembered, and the only home of SQL.
//!
//! - [`rows`]: what is given and taken.
//! - [`reader`], [`writer`]: the seam's two halves as the server's tasks use them.
//! - [`sqlite`]: the implementation. No other file sees SQL or a connection.
//!
//! [`Catalog`] and [`Reads`] are the seam where another database plugs in. Both block. There are two, because they live
//! on different threads: whoever writes does so alone, on a thread of its own behind [`Writer`], and may wait long for a
//! disk; whoever reads must never wait for that, so it has a connection of its own behind [`Reader`].
//! `tests` holds every promise of the two, for any implementation.

mod reader;
mod rows;
mod sqlite;
#[cfg(test)]
mod tests;
mod writer;

use std::fmt::Debug;

use ffmpeg_cluster_common::cluster::change::{Change, Memory, RememberedPiece};
use ffmpeg_cluster_common::ids::{ClientId, JobId, UploadId};
use ffmpeg_cluster_common::time::WallMillis;

use crate::store::limits::Used;
use crate::store::retention::Results;

pub(crate) use reader::Reader;
pub use rows::{JobPlace, JobRow, ListedJob, Page, TokenRow, UploadRow};
pub use sqlite::Sqlite;
pub(crate) use writer::Writer;

/// The disk under the database is full. Nothing was remembered, and the same may be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the disk of the database is full")]
pub struct Full;

/// Writes. What a call returned from is seen by every read that begins later, and by whoever opens the catalog again.
pub trait Catalog: Send + 'static {
    /// Everything that a restarted server needs, under a boot number that was never used before. Jobs that have ended
    /// are not in it. Clients that nobody saw for three months are forgotten first, with their speeds and keys.
    fn load(&mut self, at: WallMillis) -> anyhow::Result<Memory>;
    /// All or nothing, in their order; [`Full`] where the disk is. Units of a track have one kept piece at most. The
    /// upload that an ended job was made from is forgotten with it, unless another job needs it.
    fn commit(&mut self, changes: &[Change]) -> anyhow::Result<()>;
    /// Fails where there is one of this name.
    fn add_upload(&mut self, row: &UploadRow) -> anyhow::Result<()>;
    /// False where a job at work needs it, or there is none.
    fn forget_upload(&mut self, upload: &UploadId) -> anyhow::Result<bool>;
    /// It no longer counts as used, and its job stays.
    fn result_removed(&mut self, job: &JobId, at: WallMillis) -> anyhow::Result<()>;
    /// The first key of an identity is its key. False where it has another one.
    fn claim_key(&mut self, client: &ClientId, hash: &str, at: WallMillis) -> anyhow::Result<bool>;
    /// Fails where there is one of this number, revoked or not.
    fn add_token(&mut self, token: &TokenRow) -> anyhow::Result<()>;
    /// False where no valid token has this number.
    fn revoke_token(&mut self, id: &str, at: WallMillis) -> anyhow::Result<bool>;
    /// Of the same catalog, for another thread. It works until it is dropped, whatever becomes of this.
    fn reads(&self) -> anyhow::Result<Box<dyn Reads>>;
}

/// Reads, and never writes. Texts from outside are values and nothing else, whatever is in them.
pub trait Reads: Debug + Send + 'static {
    fn job(&self, job: &JobId) -> anyhow::Result<Option<JobRow>>;
    /// Whose identity begins so: of one owner, or of all; no more than two.
    fn jobs_beginning(&self, text: &str, owner: Option<&str>) -> anyhow::Result<Vec<String>>;
    /// The same of uploads.
    fn uploads_beginning(&self, text: &str, owner: Option<&str>) -> anyhow::Result<Vec<String>>;
    /// Of one owner, or of all. The newest first; those of the same moment by their names. Pages join without a gap and
    /// without doubles, whatever is added meanwhile.
    fn jobs(&self, owner: Option<&str>, page: &Page<JobPlace>) -> anyhow::Result<Vec<ListedJob>>;
    /// Kept ones of a job, by their tracks, the earliest first. None of a job that has ended.
    fn pieces(&self, job: &JobId) -> anyhow::Result<Vec<RememberedPiece>>;
    fn upload(&self, upload: &UploadId) -> anyhow::Result<Option<UploadRow>>;
    /// By their names: those that are on their way, wait to become a job, or are the source of one that has not ended.
    fn uploads(&self, page: &Page<UploadId>) -> anyhow::Result<Vec<UploadRow>>;
    /// Those of [`Self::uploads`] that no job at work needs.
    fn idle_uploads(&self, page: &Page<UploadId>) -> anyhow::Result<Vec<UploadRow>>;
    /// What one submitter has here, and all together: uploads with all that they announced, results that were not
    /// removed, and images that jobs at work pack.
    fn used(&self, owner: &str) -> anyhow::Result<Used>;
    /// Those that were not removed; so many of the oldest.
    fn results(&self, limit: usize) -> anyhow::Result<Results>;
    /// The oldest first, those that were revoked too. People make them one by one, so there are no pages.
    fn tokens(&self) -> anyhow::Result<Vec<TokenRow>>;
    /// Those of [`Self::tokens`] that were not revoked.
    fn valid_tokens(&self) -> anyhow::Result<Vec<TokenRow>>;
    /// The digest of a client's key; none of a client that never said hello.
    fn client_key(&self, client: &ClientId) -> anyhow::Result<Option<String>>;
}
