//! Reads for tasks that must not block.

use std::sync::{Arc, Mutex};

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::RememberedPiece;
use ffmpeg_cluster_common::ids::{ClientId, JobId, UploadId};
use ffmpeg_cluster_common::time::WallMillis;

use super::Reads;
use super::days::DayRow;
use super::events::{EventRow, Spans};
use super::given::{RequestKey, RequestRow};
use super::rows::{JobPlace, JobRow, ListedJob, Page, SignInRow, TokenRow, UploadRow, WatchLinkRow};
use super::wanted::{JobsFound, JobsWanted};
use crate::store::limits::Used;
use crate::store::retention::Results;

/// Reads what is durable, and never waits for the writer. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Reader(Arc<Mutex<Option<Box<dyn Reads>>>>);

impl Reader {
    pub(crate) fn new(reads: Box<dyn Reads>) -> Self {
        Self(Arc::new(Mutex::new(Some(reads))))
    }

    /// Later reads fail.
    pub(crate) fn close(&self) {
        *self.0.lock().expect("a reader never panics with the lock") = None;
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Reads) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let reads = self.0.clone();
        let read = move || {
            let reads = reads.lock().expect("a reader never panics with the lock");
            work(reads.as_deref().context("the catalog has stopped")?)
        };
        tokio::task::spawn_blocking(read).await.context("reading the catalog")?
    }

    pub(crate) async fn job(&self, job: &JobId) -> anyhow::Result<Option<JobRow>> {
        let job = job.clone();
        self.read(move |reads| reads.job(&job)).await
    }

    pub(crate) async fn request(
        &self,
        key: &RequestKey,
        now: WallMillis,
    ) -> anyhow::Result<Option<RequestRow>> {
        let key = key.clone();
        self.read(move |reads| reads.request(&key, now)).await
    }

    pub(crate) async fn jobs_beginning(
        &self,
        text: &str,
        owner: Option<&str>,
    ) -> anyhow::Result<Vec<String>> {
        let (text, owner) = (text.to_owned(), owner.map(str::to_owned));
        self.read(move |reads| reads.jobs_beginning(&text, owner.as_deref())).await
    }

    pub(crate) async fn uploads_beginning(
        &self,
        text: &str,
        owner: Option<&str>,
    ) -> anyhow::Result<Vec<String>> {
        let (text, owner) = (text.to_owned(), owner.map(str::to_owned));
        self.read(move |reads| reads.uploads_beginning(&text, owner.as_deref())).await
    }

    /// The newest first; of one owner, or of all.
    pub(crate) async fn jobs(
        &self,
        owner: Option<&str>,
        page: &Page<JobPlace>,
    ) -> anyhow::Result<Vec<ListedJob>> {
        let (owner, page) = (owner.map(str::to_owned), page.clone());
        self.read(move |reads| reads.jobs(owner.as_deref(), &page)).await
    }

    pub(crate) async fn jobs_wanted(&self, wanted: JobsWanted) -> anyhow::Result<JobsFound> {
        self.read(move |reads| reads.jobs_wanted(&wanted)).await
    }

    pub(crate) async fn pieces(&self, job: &JobId) -> anyhow::Result<Vec<RememberedPiece>> {
        let job = job.clone();
        self.read(move |reads| reads.pieces(&job)).await
    }

    pub(crate) async fn upload(&self, upload: &UploadId) -> anyhow::Result<Option<UploadRow>> {
        let upload = upload.clone();
        self.read(move |reads| reads.upload(&upload)).await
    }

    pub(crate) async fn uploads(&self, page: &Page<UploadId>) -> anyhow::Result<Vec<UploadRow>> {
        let page = page.clone();
        self.read(move |reads| reads.uploads(&page)).await
    }

    /// Uploads that no open job needs.
    pub(crate) async fn idle_uploads(&self, page: &Page<UploadId>) -> anyhow::Result<Vec<UploadRow>> {
        let page = page.clone();
        self.read(move |reads| reads.idle_uploads(&page)).await
    }

    /// What one submitter uses, and all together.
    pub(crate) async fn used(&self, owner: &str) -> anyhow::Result<Used> {
        let owner = owner.to_owned();
        self.read(move |reads| reads.used(&owner)).await
    }

    /// The oldest `limit` results that were not removed.
    pub(crate) async fn results(&self, limit: usize) -> anyhow::Result<Results> {
        self.read(move |reads| reads.results(limit)).await
    }

    pub(crate) async fn tokens(&self) -> anyhow::Result<Vec<TokenRow>> {
        self.read(|reads| reads.tokens()).await
    }

    pub(crate) async fn valid_tokens(&self, now: WallMillis) -> anyhow::Result<Vec<TokenRow>> {
        self.read(move |reads| reads.valid_tokens(now)).await
    }

    pub(crate) async fn sign_in(&self, hash: &str) -> anyhow::Result<Option<SignInRow>> {
        let hash = hash.to_owned();
        self.read(move |reads| reads.sign_in(&hash)).await
    }

    pub(crate) async fn sign_ins(&self, token: &str) -> anyhow::Result<Vec<SignInRow>> {
        let token = token.to_owned();
        self.read(move |reads| reads.sign_ins(&token)).await
    }

    pub(crate) async fn watch_link(&self, hash: &str) -> anyhow::Result<Option<WatchLinkRow>> {
        let hash = hash.to_owned();
        self.read(move |reads| reads.watch_link(&hash)).await
    }

    pub(crate) async fn watch_links(&self, job: &JobId) -> anyhow::Result<Vec<WatchLinkRow>> {
        let job = job.clone();
        self.read(move |reads| reads.watch_links(&job)).await
    }

    pub(crate) async fn events(&self, after: u64, limit: usize) -> anyhow::Result<Vec<EventRow>> {
        self.read(move |reads| reads.events(after, limit)).await
    }

    pub(crate) async fn events_left_by(&self, boot: u32) -> anyhow::Result<Option<u64>> {
        self.read(move |reads| reads.events_left_by(boot)).await
    }

    pub(crate) async fn days(&self, owner: Option<&str>, first: u64) -> anyhow::Result<Vec<DayRow>> {
        let owner = owner.map(str::to_owned);
        self.read(move |reads| reads.days(owner.as_deref(), first)).await
    }

    pub(crate) async fn spans(&self, job: &JobId) -> anyhow::Result<Spans> {
        let job = job.clone();
        self.read(move |reads| reads.spans(&job)).await
    }

    /// The digest of a client's key; None for a client that never said hello.
    pub(crate) async fn client_key(&self, client: &ClientId) -> anyhow::Result<Option<String>> {
        let client = client.clone();
        self.read(move |reads| reads.client_key(&client)).await
    }
}
