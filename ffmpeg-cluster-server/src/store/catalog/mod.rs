//! What is remembered, and the only home of SQL.
//!
//! [`Catalog`] is the seam where another database plugs in. It blocks, so it lives on a thread of its own behind
//! [`Writer`]; doors read through [`Reader`], over a connection that never blocks the writer.

mod belongings;
mod changes;
mod migrate;
mod moments;
mod rows;
mod sqlite;
#[cfg(test)]
mod tests;
mod tokens;
mod trust;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::{Change, Memory, RememberedPiece};
use ffmpeg_cluster_common::ids::{ClientId, JobId, UploadId};
use ffmpeg_cluster_common::time::WallMillis;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{mpsc, oneshot};

use crate::store::limits::Used;
use crate::store::retention::Kept;

pub use rows::{JobRow, UploadRow};
pub use sqlite::Sqlite;
pub use tokens::TokenRow;

pub trait Catalog: Send + 'static {
    /// Everything that a restarted server needs, under a boot number that was never used before.
    fn load(&mut self, at: WallMillis) -> anyhow::Result<Memory>;
    /// All or nothing. The upload that an ended job was made from is forgotten with it, unless another job needs it.
    fn commit(&mut self, changes: &[Change]) -> anyhow::Result<()>;
    /// Those that are on their way, or wait to become a job, or are the source of one that has not ended.
    fn uploads(&mut self) -> anyhow::Result<BTreeSet<UploadId>>;
    fn add_upload(&mut self, row: &UploadRow) -> anyhow::Result<()>;
    /// False where a job at work needs it.
    fn forget_upload(&mut self, upload: &UploadId) -> anyhow::Result<bool>;
    fn result_removed(&mut self, job: &JobId, at: WallMillis) -> anyhow::Result<()>;
    /// The first key of an identity is its key. False where it has another one.
    fn claim_key(&mut self, client: &ClientId, hash: &str, at: WallMillis) -> anyhow::Result<bool>;
}

type Work = Box<dyn FnOnce(&mut dyn Catalog) + Send>;

enum Order {
    Do(Work),
    /// The last one; answered when the catalog is closed.
    Close(oneshot::Sender<()>),
}

/// Commits that may wait; more means that the disk does not keep up, and the driver waits with it.
const ORDERS_MAX: usize = 64;
/// What did not fit is committed again after that.
const FULL_AGAIN: Duration = Duration::from_secs(2);

/// Sends work to the thread that owns the catalog.
#[derive(Debug, Clone)]
pub struct Writer(mpsc::Sender<Order>);

impl Writer {
    pub fn start(mut catalog: impl Catalog) -> std::io::Result<Self> {
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

    /// Nothing is remembered any more. What was stays in one file, which can be copied.
    async fn close(&self) {
        let (closed, done) = oneshot::channel();
        if self.0.send(Order::Close(closed)).await.is_ok() {
            let _ = done.await;
        }
    }

    /// Waits for as long as the disk is full; any other trouble ends it.
    pub async fn commit(&self, changes: Vec<Change>) -> anyhow::Result<()> {
        let changes = Arc::new(changes);
        loop {
            let these = changes.clone();
            match self.ask(move |catalog| catalog.commit(&these)).await {
                Err(error) if sqlite::is_full(&error) => {
                    tracing::warn!("the disk of the database is full; everything waits until there is room");
                    tokio::time::sleep(FULL_AGAIN).await;
                }
                done => return done,
            }
        }
    }
}

/// Reads what is durable.
#[derive(Debug, Clone)]
pub struct Reader {
    db: Arc<Mutex<Option<Connection>>>,
    writer: Writer,
}

impl Reader {
    pub fn open(path: &Path, writer: Writer) -> anyhow::Result<Self> {
        let db = sqlite::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        Ok(Self { db: Arc::new(Mutex::new(Some(db))), writer })
    }

    /// The writer's connection goes last: only a writer can fold the log into the database.
    pub async fn close(&self) {
        *self.db.lock().expect("a reader never panics with the lock") = None;
        self.writer.close().await;
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let db = self.db.clone();
        let read = move || {
            let db = db.lock().expect("a reader never panics with the lock");
            work(db.as_ref().context("the catalog has stopped")?)
        };
        tokio::task::spawn_blocking(read).await.context("reading the catalog")?
    }

    pub async fn job(&self, job: &JobId) -> anyhow::Result<Option<JobRow>> {
        let job = job.clone();
        self.read(move |db| {
            let sql = format!("SELECT {} FROM jobs WHERE job_id = ?1", rows::JOB_COLUMNS);
            Ok(sqlite::collect(db, &sql, job.as_str(), rows::job)?.pop())
        })
        .await
    }

    /// The newest first.
    pub async fn jobs(&self) -> anyhow::Result<Vec<JobRow>> {
        self.read(|db| {
            let columns = rows::JOB_COLUMNS;
            let sql = format!("SELECT {columns} FROM jobs WHERE ?1 = '' ORDER BY created_at_ms DESC, job_id");
            sqlite::collect(db, &sql, "", rows::job)
        })
        .await
    }

    pub async fn pieces(&self, job: &JobId) -> anyhow::Result<Vec<RememberedPiece>> {
        let job = job.clone();
        self.read(move |db| sqlite::pieces(db, &job)).await
    }

    pub async fn uploads(&self) -> anyhow::Result<Vec<UploadRow>> {
        self.read(|db| {
            let sql = format!("SELECT {} FROM uploads WHERE ?1 = ''", rows::UPLOAD_COLUMNS);
            sqlite::collect(db, &sql, "", rows::upload)
        })
        .await
    }

    pub async fn upload(&self, upload: &UploadId) -> anyhow::Result<Option<UploadRow>> {
        let upload = upload.clone();
        self.read(move |db| {
            let sql = format!("SELECT {} FROM uploads WHERE upload_id = ?1", rows::UPLOAD_COLUMNS);
            Ok(sqlite::collect(db, &sql, upload.as_str(), rows::upload)?.pop())
        })
        .await
    }

    pub async fn add_upload(&self, row: UploadRow) -> anyhow::Result<()> {
        self.writer.ask(move |catalog| catalog.add_upload(&row)).await
    }

    /// False where a job at work needs it.
    pub async fn forget_upload(&self, upload: &UploadId) -> anyhow::Result<bool> {
        let upload = upload.clone();
        self.writer.ask(move |catalog| catalog.forget_upload(&upload)).await
    }

    /// What one submitter has here, and all together.
    pub async fn used(&self, owner: &str) -> anyhow::Result<Used> {
        let owner = owner.to_owned();
        self.read(move |db| belongings::used(db, &owner)).await
    }

    /// Those that were not removed, the oldest first.
    pub async fn results(&self) -> anyhow::Result<Vec<Kept>> {
        self.read(belongings::results).await
    }

    /// Uploads that no job at work reads.
    pub async fn idle_uploads(&self) -> anyhow::Result<Vec<UploadRow>> {
        self.read(belongings::idle_uploads).await
    }

    pub async fn result_removed(&self, job: &JobId, at: WallMillis) -> anyhow::Result<()> {
        let job = job.clone();
        self.writer.ask(move |catalog| catalog.result_removed(&job, at)).await
    }
}
