//! The thread that owns the catalog, and the handle that sends it work.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::Change;
use ffmpeg_cluster_common::ids::{ClientId, JobId, UploadId};
use ffmpeg_cluster_common::time::WallMillis;
use tokio::sync::{mpsc, oneshot};

use super::rows::UploadRow;
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

/// Sends work to the thread that owns the catalog. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Writer(mpsc::Sender<Order>);

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
        Ok(Self(sender))
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Catalog) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let (answer, answered) = oneshot::channel();
        let order: Work = Box::new(move |catalog| drop(answer.send(work(catalog))));
        self.0.send(Order::Do(order)).await.ok().context("the catalog has stopped")?;
        answered.await.context("the catalog has stopped")?
    }

    /// Closes the catalog. The database is then one file, which can be copied.
    pub(crate) async fn close(&self) {
        let (closed, done) = oneshot::channel();
        if self.0.send(Order::Close(closed)).await.is_ok() {
            let _ = done.await;
        }
    }

    /// Waits as long as the disk is full; any other error is returned.
    pub(crate) async fn commit(&self, changes: Vec<Change>) -> anyhow::Result<()> {
        let changes = Arc::new(changes);
        loop {
            let these = changes.clone();
            match self.ask(move |catalog| catalog.commit(&these)).await {
                Err(error) if error.is::<Full>() => {
                    tracing::warn!("the disk of the database is full; everything waits until space is free");
                    tokio::time::sleep(FULL_AGAIN).await;
                }
                done => return done,
            }
        }
    }

    pub(crate) async fn add_upload(&self, row: UploadRow) -> anyhow::Result<()> {
        self.ask(move |catalog| catalog.add_upload(&row)).await
    }

    pub(crate) async fn forget_upload(&self, upload: &UploadId) -> anyhow::Result<bool> {
        let upload = upload.clone();
        self.ask(move |catalog| catalog.forget_upload(&upload)).await
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
}
