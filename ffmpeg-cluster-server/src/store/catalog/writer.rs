//! The thread that owns the catalog, and the handle that sends it work.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::Change;
use ffmpeg_cluster_common::ids::{ClientId, JobId, UploadId};
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::time::WallMillis;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::events::{EventRow, Told};
use super::given::Named;
use super::live::Live;
use super::rows::{LinkRow, SignInRow, TokenRow, UploadRow, WatchLinkRow};
use super::{Catalog, Full};

type Work = Box<dyn FnOnce(&mut dyn Catalog) + Send>;

enum Order {
    Do(Work),
    /// The last order; answered when the catalog is closed.
    Close(oneshot::Sender<()>),
}

/// Commits that may wait; more means that the disk does not keep up, and the driver waits.
const ORDERS_MAX: usize = 64;
/// The wait before a commit is retried on a full disk.
const FULL_AGAIN: Duration = Duration::from_secs(2);

/// Whether a commit waits for room. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Room(Arc<watch::Sender<bool>>);

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Room {
    fn note(&self, waits: bool) {
        self.0.send_if_modified(|before| std::mem::replace(before, waits) != waits);
    }

    pub(crate) fn is_awaited(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when a commit begins to wait.
    pub(crate) async fn awaited(&self) {
        // The sender lives as long as this.
        let _ = self.0.subscribe().wait_for(|waits| *waits).await;
    }
}

/// Sends work to the thread that owns the catalog. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    orders: mpsc::Sender<Order>,
    room: Room,
    live: Live,
}

impl Writer {
    pub(crate) fn start(mut catalog: impl Catalog) -> std::io::Result<Self> {
        let (sender, mut orders) = mpsc::channel::<Order>(ORDERS_MAX);
        std::thread::Builder::new().name("catalog".into()).spawn(move || {
            while let Some(order) = orders.blocking_recv() {
                match order {
                    Order::Do(work) => work(&mut catalog),
                    Order::Close(closed) => {
                        drop(catalog);
                        let _ = closed.send(());
                        return;
                    }
                }
            }
        })?;
        Ok(Self { orders: sender, room: Room::default(), live: Live::default() })
    }

    pub(super) async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Catalog) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let (answer, answered) = oneshot::channel();
        let order: Work = Box::new(move |catalog| drop(answer.send(work(catalog))));
        self.orders.send(Order::Do(order)).await.ok().context("the catalog has stopped")?;
        answered.await.context("the catalog has stopped")?
    }

    /// Closes the catalog. The database is then one file, which can be copied.
    pub(crate) async fn close(&self) {
        let (closed, done) = oneshot::channel();
        if self.orders.send(Order::Close(closed)).await.is_ok() {
            let _ = done.await;
        }
    }

    /// Asks for work that tells events, and tells them on the catalog's thread, so that they keep the order of their numbers.
    pub(super) async fn ask_telling(
        &self,
        work: impl FnOnce(&mut dyn Catalog) -> anyhow::Result<Vec<EventRow>> + Send + 'static,
    ) -> anyhow::Result<()> {
        let live = self.live.clone();
        self.ask(move |catalog| work(catalog).map(|events| live.tell(events))).await
    }

    pub(crate) const fn live(&self) -> &Live {
        &self.live
    }

    pub(crate) const fn room(&self) -> &Room {
        &self.room
    }

    /// Waits for as long as the disk is full, but not beyond `stop`; any other trouble ends it.
    pub(crate) async fn commit(
        &self,
        changes: Vec<Change>,
        told: Told,
        stop: &CancellationToken,
    ) -> anyhow::Result<()> {
        let all = Arc::new((changes, told));
        loop {
            let these = all.clone();
            let done = self.ask_telling(move |catalog| catalog.commit_told(&these.0, &these.1)).await;
            let is_full = done.as_ref().is_err_and(|error| error.is::<Full>());
            self.room.note(is_full);
            if !is_full {
                return done;
            }
            tracing::warn!("the disk of the database is full; everything waits until space is free");
            if stop.run_until_cancelled(tokio::time::sleep(FULL_AGAIN)).await.is_none() {
                return done;
            }
        }
    }

    /// None: the request that made this job may come again.
    pub(crate) async fn answered(&self, job: JobId, answer: Option<String>) -> anyhow::Result<()> {
        self.ask(move |catalog| catalog.answered(&job, answer.as_deref())).await
    }

    /// False if the job is not called as `before` any more, or is gone.
    pub(crate) async fn rename(&self, job: JobId, before: Named, after: Named) -> anyhow::Result<bool> {
        let (at, live) = (clock::wall(), self.live.clone());
        let renamed = move |catalog: &mut dyn Catalog| {
            let event = catalog.rename(&job, [&before, &after], at)?;
            Ok(event.map(|event| live.tell(vec![event])).is_some())
        };
        self.ask(renamed).await
    }

    pub(crate) async fn add_upload(&self, row: UploadRow) -> anyhow::Result<()> {
        self.ask_telling(move |catalog| Ok(vec![catalog.add_upload(&row)?])).await
    }

    /// All bytes of the upload are here.
    pub(crate) async fn upload_completed(&self, upload: &UploadId, at: WallMillis) -> anyhow::Result<()> {
        let upload = upload.clone();
        self.ask_telling(move |catalog| Ok(catalog.upload_completed(&upload, at)?.into_iter().collect()))
            .await
    }

    pub(crate) async fn forget_events(&self, now: WallMillis) -> anyhow::Result<()> {
        self.ask(move |catalog| catalog.forget_events(now)).await
    }

    pub(crate) async fn forget_upload(&self, upload: &UploadId) -> anyhow::Result<bool> {
        let upload = upload.clone();
        self.ask(move |catalog| catalog.forget_upload(&upload)).await
    }

    /// False if the job has not ended, or is gone.
    pub(crate) async fn forget_job(&self, job: JobId, with_upload: bool) -> anyhow::Result<bool> {
        let (at, live) = (clock::wall(), self.live.clone());
        let forgotten = move |catalog: &mut dyn Catalog| {
            let event = catalog.forget_job(&job, with_upload, at)?;
            Ok(event.map(|event| live.tell(vec![event])).is_some())
        };
        self.ask(forgotten).await
    }

    pub(crate) async fn result_removed(&self, job: &JobId, at: WallMillis) -> anyhow::Result<()> {
        let job = job.clone();
        self.ask(move |catalog| catalog.result_removed(&job, at)).await
    }

    pub(crate) async fn claim_key(
        &self,
        client: &ClientId,
        hash: String,
        at: WallMillis,
    ) -> anyhow::Result<bool> {
        let client = client.clone();
        self.ask(move |catalog| catalog.claim_key(&client, &hash, at)).await
    }

    /// With a link that signs a browser in with it, or without one.
    pub(crate) async fn add_token(&self, row: TokenRow, link: Option<LinkRow>) -> anyhow::Result<()> {
        self.ask(move |catalog| {
            catalog.add_token(&row)?;
            link.map_or(Ok(()), |link| catalog.add_link(&link))
        })
        .await
    }

    pub(crate) async fn revoke_token(&self, id: String, at: WallMillis) -> anyhow::Result<bool> {
        self.ask(move |catalog| catalog.revoke_token(&id, at)).await
    }

    pub(crate) async fn tokens_used(&self, all: BTreeMap<String, WallMillis>) -> anyhow::Result<()> {
        self.ask(move |catalog| catalog.tokens_used(&all)).await
    }

    pub(crate) async fn add_sign_in(&self, row: SignInRow, most: usize) -> anyhow::Result<()> {
        self.ask(move |catalog| catalog.add_sign_in(&row, most)).await
    }

    pub(crate) async fn sign_in_seen(&self, hash: String, at: WallMillis) -> anyhow::Result<()> {
        self.ask(move |catalog| catalog.sign_in_seen(&hash, at)).await
    }

    pub(crate) async fn end_sign_in(&self, hash: String) -> anyhow::Result<bool> {
        self.ask(move |catalog| catalog.end_sign_in(&hash)).await
    }

    pub(crate) async fn add_link(&self, row: LinkRow) -> anyhow::Result<()> {
        self.ask(move |catalog| catalog.add_link(&row)).await
    }

    pub(crate) async fn use_link(&self, hash: String, at: WallMillis) -> anyhow::Result<Option<String>> {
        self.ask(move |catalog| catalog.use_link(&hash, at)).await
    }

    pub(crate) async fn add_watch_link(&self, row: WatchLinkRow, most: usize) -> anyhow::Result<bool> {
        self.ask(move |catalog| catalog.add_watch_link(&row, most)).await
    }

    pub(crate) async fn end_watch_link(&self, hash: String) -> anyhow::Result<bool> {
        self.ask(move |catalog| catalog.end_watch_link(&hash)).await
    }
}
