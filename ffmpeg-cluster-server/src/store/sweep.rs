//! Removes results, uploads and events that are too old: at the start, and every few minutes.

use std::time::Duration;

use anyhow::Context;
use ffmpeg_cluster_common::ids::UploadId;
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::time::WallMillis;

use super::Store;
use super::blobs::{About, Blob};
use super::retention::{Idle, Kept, RetentionLimits};
use crate::store::catalog::{Page, UploadRow};

/// Results examined at a time.
const RESULTS_AT_ONCE: usize = 100;
const EVERY: Duration = Duration::from_secs(600);

/// The store to sweep, and the rules.
#[derive(Debug, Clone)]
pub(crate) struct Sweep {
    pub(crate) store: Store,
    pub(crate) keep: RetentionLimits,
    pub(crate) background: Background,
}

/// Runs until the server stops.
pub(crate) async fn watch(sweep: Sweep) {
    let stop = sweep.background.stop().clone();
    loop {
        if let Err(error) = once(&sweep, clock::wall()).await {
            tracing::warn!("removing old results and uploads failed; retrying later: {error:#}");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

pub(crate) async fn once(sweep: &Sweep, now: WallMillis) -> anyhow::Result<()> {
    let Sweep { store, keep, .. } = sweep;
    store.writer.forget_events(now).await?;
    if keep.results_ms.is_some() || keep.results_bytes.is_some() {
        remove_results(sweep, now).await?;
    }
    let mut page = Some(Page::first());
    while let Some(this) = page {
        let rows = store.reader.idle_uploads(&this).await?;
        page = this.next(&rows, UploadRow::place);
        let blobs: Vec<_> = rows.iter().map(|row| Blob::Upload(row.upload.clone())).collect();
        let here = store.blobs.about(&blobs).await?;
        let idle = rows.into_iter().zip(here).map(|(row, about)| idle(row, about)).collect();
        for upload in keep.spent_uploads(now, idle) {
            remove_upload(store, &upload).await?;
        }
    }
    Ok(())
}

async fn remove_upload(store: &Store, upload: &UploadId) -> anyhow::Result<()> {
    // None: somebody is sending the upload, or making a job of it.
    let Some(ours) = store.blobs.alone_now(Blob::Upload(upload.clone())) else { return Ok(()) };
    if store.writer.forget_upload(upload).await? {
        let _ = ours.remove().await;
        tracing::info!(%upload, "upload removed: nobody made a job of it in time");
    }
    Ok(())
}

/// Removes in batches from the oldest on: removed results are not found again.
async fn remove_results(sweep: &Sweep, now: WallMillis) -> anyhow::Result<()> {
    loop {
        let results = sweep.store.reader.results(RESULTS_AT_ONCE).await?;
        let spent = sweep.keep.spent_results(now, &results);
        for kept in &spent {
            remove_result(&sweep.store, kept, now).await?;
        }
        if spent.len() < RESULTS_AT_ONCE {
            return Ok(());
        }
    }
}

/// The file goes first: after a crash in between, the row still names it, and the next sweep repeats the removal.
async fn remove_result(store: &Store, kept: &Kept, now: WallMillis) -> anyhow::Result<()> {
    let result = Blob::Result(kept.job.clone(), kept.output_name.clone());
    store.blobs.remove(&result).await.context("removing a result")?;
    store.writer.result_removed(&kept.job, now).await?;
    tracing::info!(job = %kept.job, bytes = kept.bytes, "result removed by --keep-results or --keep-results-bytes");
    Ok(())
}

fn idle(row: UploadRow, about: Option<About>) -> Idle {
    let read_until = row.read_until.unwrap_or(row.created_at).max(row.created_at);
    Idle {
        since: about.map_or(read_until, |about| read_until.max(about.written_at)),
        is_empty: about.is_none_or(|about| about.bytes == 0),
        upload: row.upload,
    }
}
