//! What is remembered, and the only home of SQL.
//!
//! - [`given`], [`rows`], [`events`], [`days`]: what is given and taken; [`wanted`]: which jobs a list shows.
//! - [`webhooks`]: who is told of events, and what was sent.
//! - [`live`]: new events, for those who watch.
//! - [`reader`], [`writer`]: the seam's two halves as the server's tasks use them.
//! - [`sqlite`]: the implementation. No other file sees SQL or a connection.
//!
//! [`Catalog`] and [`Reads`] are the seam where another database plugs in. Both block. There are two because they live
//! on different threads: the one writer has its own thread behind [`Writer`] and may wait long for the disk; readers
//! must never wait for that, so they have a connection of their own behind [`Reader`].
//! `tests` checks every promise of the two, for any implementation.

mod days;
mod events;
mod given;
mod live;
mod reader;
mod rows;
mod sqlite;
#[cfg(test)]
pub(crate) mod tests;
mod wanted;
mod webhooks;
mod writer;

use std::collections::BTreeMap;
use std::fmt::Debug;

use ffmpeg_cluster_common::cluster::change::{Change, Memory, RememberedPiece};
use ffmpeg_cluster_common::ids::{ClientId, JobId, UploadId};
use ffmpeg_cluster_common::time::WallMillis;

use crate::store::limits::Used;
use crate::store::retention::Results;

pub use days::{ClientDay, DayRow};
pub use events::{EventRow, Moments, NewEvent, ServerSpan, SpanRow, Spans, Told};
pub(crate) use given::{Given, Labels, Request};
pub use given::{Named, RequestKey, RequestRow};
#[cfg(test)]
pub(crate) use live::BEHIND_MAX;
pub(crate) use live::Live;
pub(crate) use reader::Reader;
pub use rows::{JobPlace, JobRow, LinkRow, ListedJob, Page, SignInRow, TokenRow, UploadRow, WatchLinkRow};
pub use sqlite::Sqlite;
pub use wanted::{JobOrder, JobsFound, JobsWanted, OrderKey};
pub use webhooks::{DeliveryRow, Then, Tried, WebhookRow};
pub(crate) use writer::Writer;

/// The disk of the database is full. Nothing was remembered; the commit may be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the disk of the database is full")]
pub struct Full;

/// Writes. Once a call returns, every later read sees its effect, also after a restart.
pub trait Catalog: Send + 'static {
    /// Loads everything that a restarted server needs, under a boot number that was never used before, without ended
    /// jobs. First forgets clients that were not seen for three months, with their speeds and keys.
    fn load(&mut self, at: WallMillis) -> anyhow::Result<Memory>;
    /// Applies all changes in order, or none; [`Full`] if the disk is. Each unit of a track has at most one kept piece.
    /// The upload of a job that is completed or cancelled is forgotten with its end, unless another job needs it. The events are stored with the changes, or
    /// not at all, and so are their deliveries to webhooks; they come back with their numbers, which follow each other
    /// without a gap. The spans of a job's leases, and what was given with a new job, are written with the changes, too.
    fn commit_told(&mut self, changes: &[Change], told: &Told) -> anyhow::Result<Vec<EventRow>>;
    /// The same for changes that nobody is told of.
    fn commit(&mut self, changes: &[Change]) -> anyhow::Result<()> {
        self.commit_told(changes, &Told::default()).map(drop)
    }
    /// What was answered to the request that made this job. None: the job is nobody's, and the request may come again.
    fn answered(&mut self, job: &JobId, answer: Option<&str>) -> anyhow::Result<()>;
    /// Changes how a job is called, which its owner is told. None if it is not called as `before` any more, or is gone.
    fn rename(
        &mut self,
        job: &JobId,
        before_after: [&Named; 2],
        at: WallMillis,
    ) -> anyhow::Result<Option<EventRow>>;
    /// Fails if the upload exists already. Its owner is told.
    fn add_upload(&mut self, row: &UploadRow) -> anyhow::Result<EventRow>;
    /// All of its bytes are here. None if that was said before, or it does not exist.
    fn upload_completed(&mut self, upload: &UploadId, at: WallMillis) -> anyhow::Result<Option<EventRow>>;
    /// Keeps the events of a week, and no more than a hundred thousand; and what came of the last four hundred days.
    fn forget_events(&mut self, now: WallMillis) -> anyhow::Result<()>;
    /// False if an open job needs it, or it does not exist.
    fn forget_upload(&mut self, upload: &UploadId) -> anyhow::Result<bool>;
    /// An ended job is forgotten with all that was kept of it, and its owner is told; if `with_upload`, also its upload,
    /// unless another job has that as its source. None if it has not ended, or is gone.
    fn forget_job(
        &mut self,
        job: &JobId,
        with_upload: bool,
        at: WallMillis,
    ) -> anyhow::Result<Option<EventRow>>;
    /// The result no longer counts as used; its job stays.
    fn result_removed(&mut self, job: &JobId, at: WallMillis) -> anyhow::Result<()>;
    /// The first key of an identity is its key. False if the identity has another key.
    fn claim_key(&mut self, client: &ClientId, hash: &str, at: WallMillis) -> anyhow::Result<bool>;
    /// Fails if a token with this number exists, revoked or not.
    fn add_token(&mut self, token: &TokenRow) -> anyhow::Result<()>;
    /// False if no valid token has this number. Forgets its sign-ins, and the links that it made.
    fn revoke_token(&mut self, id: &str, at: WallMillis) -> anyhow::Result<bool>;
    /// When tokens let somebody in for the last time.
    fn tokens_used(&mut self, all: &BTreeMap<String, WallMillis>) -> anyhow::Result<()>;
    /// Forgets sign-ins that have expired, and those of the same token beyond `most`, the longest unseen first.
    fn add_sign_in(&mut self, row: &SignInRow, most: usize) -> anyhow::Result<()>;
    /// Prolongs a sign-in; an ended one stays ended.
    fn sign_in_seen(&mut self, hash: &str, at: WallMillis) -> anyhow::Result<()>;
    /// False if there is no such sign-in.
    fn end_sign_in(&mut self, hash: &str) -> anyhow::Result<bool>;
    fn add_link(&mut self, row: &LinkRow) -> anyhow::Result<()>;
    /// The token of a link, which is forgotten. None if there is no such link, or it has expired.
    fn use_link(&mut self, hash: &str, at: WallMillis) -> anyhow::Result<Option<String>>;
    /// Forgets links that have expired. False if the job has `most` others.
    fn add_watch_link(&mut self, row: &WatchLinkRow, most: usize) -> anyhow::Result<bool>;
    /// False if there is no such link.
    fn end_watch_link(&mut self, hash: &str) -> anyhow::Result<bool>;
    /// A new webhook, or new words for one. It is enabled.
    fn put_webhook(&mut self, row: &WebhookRow) -> anyhow::Result<()>;
    /// Forgets its deliveries, too. False if there is none of this name.
    fn remove_webhook(&mut self, name: &str) -> anyhow::Result<bool>;
    /// Keeps what came of a try, and the last thousand finished deliveries of each webhook. A webhook that is disabled, or
    /// fails while ten thousand wait, is told as an event.
    fn delivery_tried(&mut self, tried: &Tried) -> anyhow::Result<Vec<EventRow>>;
    /// The delivery waits once more, with all of its tries before it. False if there is none.
    fn repeat_delivery(&mut self, id: &str, at: WallMillis) -> anyhow::Result<bool>;
    /// A reader of the same catalog, for another thread. It works until it is dropped, even after this catalog is.
    fn reads(&self) -> anyhow::Result<Box<dyn Reads>>;
}

/// Reads, never writes. Texts from outside are bound as values, never put into SQL.
pub trait Reads: Debug + Send + 'static {
    fn job(&self, job: &JobId) -> anyhow::Result<Option<JobRow>>;
    /// A request of the last day that was carried out.
    fn request(&self, key: &RequestKey, now: WallMillis) -> anyhow::Result<Option<RequestRow>>;
    /// Whose identity begins so: of one owner, or of all; no more than two.
    fn jobs_beginning(&self, text: &str, owner: Option<&str>) -> anyhow::Result<Vec<String>>;
    /// The same of uploads.
    fn uploads_beginning(&self, text: &str, owner: Option<&str>) -> anyhow::Result<Vec<String>>;
    /// Of one owner, or of all. The newest first; those of the same moment by their names. Pages join without a gap and
    /// without doubles, whatever is added meanwhile.
    fn jobs(&self, owner: Option<&str>, page: &Page<JobPlace>) -> anyhow::Result<Vec<ListedJob>>;
    /// A page of the jobs that fit, and the count of all that do. Pages join without a gap and without doubles.
    fn jobs_wanted(&self, wanted: &JobsWanted) -> anyhow::Result<JobsFound>;
    /// A job's kept pieces by track, the earliest first. None for an ended job.
    fn pieces(&self, job: &JobId) -> anyhow::Result<Vec<RememberedPiece>>;
    fn upload(&self, upload: &UploadId) -> anyhow::Result<Option<UploadRow>>;
    /// Uploads by name: those that are arriving, wait to become a job, or are the source of an open one.
    fn uploads(&self, page: &Page<UploadId>) -> anyhow::Result<Vec<UploadRow>>;
    /// Those of [`Self::uploads`] that no open job needs.
    fn idle_uploads(&self, page: &Page<UploadId>) -> anyhow::Result<Vec<UploadRow>>;
    /// What one submitter uses, and all together: uploads at their announced size, results that were not removed, and
    /// images that open jobs pack.
    fn used(&self, owner: &str) -> anyhow::Result<Used>;
    /// The oldest `limit` results that were not removed.
    fn results(&self, limit: usize) -> anyhow::Result<Results>;
    /// All tokens, the oldest first, including revoked ones. People make them one by one, so there are no pages.
    fn tokens(&self) -> anyhow::Result<Vec<TokenRow>>;
    /// Those of [`Self::tokens`] that were not revoked and have not expired.
    fn valid_tokens(&self, now: WallMillis) -> anyhow::Result<Vec<TokenRow>>;
    fn sign_in(&self, hash: &str) -> anyhow::Result<Option<SignInRow>>;
    /// Those of one token, the last seen first.
    fn sign_ins(&self, token: &str) -> anyhow::Result<Vec<SignInRow>>;
    fn watch_link(&self, hash: &str) -> anyhow::Result<Option<WatchLinkRow>>;
    /// Those to the stream of one job, the oldest first.
    fn watch_links(&self, job: &JobId) -> anyhow::Result<Vec<WatchLinkRow>>;
    /// The next `limit` events, in their order. If the first one is not the next number, those between are forgotten.
    fn events(&self, after: u64, limit: usize) -> anyhow::Result<Vec<EventRow>>;
    /// The number of the newest event, even if it is forgotten. Zero before the first one.
    fn last_event(&self) -> anyhow::Result<u64>;
    /// The last number that this start left behind, as the next start found it. None if there was no later start.
    fn events_left_by(&self, boot: u32) -> anyhow::Result<Option<u64>>;
    /// What came of each day from this one on, for one owner or for all; days on which nothing was made are left out.
    fn days(&self, owner: Option<&str>, first: u64) -> anyhow::Result<Vec<DayRow>>;
    /// The work of a job, as long as the job is remembered.
    fn spans(&self, job: &JobId) -> anyhow::Result<Spans>;
    /// All webhooks by their names. People make them one by one, so there are no pages.
    fn webhooks(&self) -> anyhow::Result<Vec<WebhookRow>>;
    /// Those of one webhook, the newest first.
    fn deliveries(&self, webhook: &str, page: &Page<u64>) -> anyhow::Result<Vec<DeliveryRow>>;
    fn delivery(&self, id: &str) -> anyhow::Result<Option<DeliveryRow>>;
    /// The oldest waiting delivery of each enabled webhook, those first that are due first.
    fn next_deliveries(&self) -> anyhow::Result<Vec<DeliveryRow>>;
    fn deliveries_waiting(&self) -> anyhow::Result<BTreeMap<String, u64>>;
    /// The digest of a client's key; None for a client that never said hello.
    fn client_key(&self, client: &ClientId) -> anyhow::Result<Option<String>>;
}
