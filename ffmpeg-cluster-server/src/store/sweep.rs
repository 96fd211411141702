//! Removes what has been here long enough: at the start, and every few minutes.

use std::time::{Duration, UNIX_EPOCH};

use anyhow::Context;
use ffmpeg_cluster_common::ids::UploadId;
use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::time::WallMillis;

use super::Store;
use super::retention::{Idle, Keep, Kept};
use crate::store::catalog::{Page, UploadRow};
use crate::store::folders::Folders;

/// Looked at in one go.
const RESULTS_AT_ONCE: usize = 100;
const EVERY: Duration = Duration::from_secs(600);

/// What is swept, and when it is too old.
#[derive(Debug, Clone)]
pub(crate) struct Sweep {
    pub(crate) store: Store,
    pub(crate) keep: Keep,
    pub(crate) background: Background,
}

/// Until the server stops.
pub(crate) async fn watch(sweep: Sweep) {
    let stop = sweep.background.stop().clone();
    loop {
        if let Err(error) = once(&sweep, clock::wall()).await {
            tracing::warn!("what is too old could not be removed; it is tried again: {error:#}");
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

pub(crate) async fn once(sweep: &Sweep, now: WallMillis) -> anyhow::Result<()> {
    let Sweep { store, keep, .. } = sweep;
    if keep.results_ms.is_some() || keep.results_bytes.is_some() {
        remove_results(sweep, now).await?;
    }
    let mut page = Some(Page::first());
    while let Some(this) = page {
        let rows = store.reader.idle_uploads(&this).await?;
        page = this.next(&rows, UploadRow::place);
        let folders = store.folders.clone();
        let idle = move || rows.into_iter().map(|row| idle(&folders, row)).collect();
        for upload in keep.spent_uploads(now, sweep.background.blocking(idle).await?) {
            remove_upload(store, &upload).await?;
        }
    }
    Ok(())
}

async fn remove_upload(store: &Store, upload: &UploadId) -> anyhow::Result<()> {
    // Somebody sends it, or makes a job of it, just now.
    let Some(_ours) = store.uploads.try_write(upload) else { return Ok(()) };
    if store.writer.forget_upload(upload).await? {
        let _ = tokio::fs::remove_file(store.folders.upload(upload)).await;
        tracing::info!(%upload, "upload removed: nobody made a job of it in time");
    }
    Ok(())
}

/// From the oldest on, some at a time: those that were removed are not found again.
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

/// The file first: after a crash in between the row still names it, and it is removed again.
async fn remove_result(store: &Store, kept: &Kept, now: WallMillis) -> anyhow::Result<()> {
    let path = store.folders.result(&kept.job, &kept.output_name);
    match tokio::fs::remove_file(&path).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("removing {}", path.display()));
        }
        Ok(()) | Err(_) => {}
    }
    let _ = tokio::fs::remove_dir(store.folders.job(&kept.job)).await;
    store.writer.result_removed(&kept.job, now).await?;
    tracing::info!(job = %kept.job, bytes = kept.bytes, "result removed, as --keep-results or --keep-results-bytes says");
    Ok(())
}

fn idle(folders: &Folders, row: UploadRow) -> Idle {
    let about = std::fs::metadata(folders.upload(&row.upload)).ok();
    let written = about.as_ref().and_then(|about| about.modified().ok()?.duration_since(UNIX_EPOCH).ok());
    let written = written.map_or(0, |at| u64::try_from(at.as_millis()).unwrap_or(u64::MAX));
    Idle {
        since: row.created_at.max(WallMillis(written)),
        is_empty: about.is_none_or(|about| about.len() == 0),
        upload: row.upload,
    }
}
