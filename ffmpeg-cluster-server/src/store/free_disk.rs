//! How many bytes may still be written.

use super::Store;
use super::blobs::{About, Blob};
use crate::store::catalog::{Page, UploadRow};

/// What the database needs for a new job, many times over.
const LEAST: u64 = 2 << 20;

impl Store {
    /// The free disk, less the announced bytes of uploads that have not arrived.
    pub(crate) async fn free_disk(&self) -> Option<u64> {
        let to_come = self.to_come().await.unwrap_or_default();
        Some(self.blobs.free().await?.saturating_sub(to_come))
    }

    async fn to_come(&self) -> anyhow::Result<u64> {
        let (mut all, mut page) = (0_u64, Some(Page::first()));
        while let Some(this) = page {
            let announced = self.reader.uploads(&this).await?;
            page = this.next(&announced, UploadRow::place);
            let blobs: Vec<_> = announced.iter().map(|row| Blob::Upload(row.upload.clone())).collect();
            for (row, about) in announced.iter().zip(self.blobs.about(&blobs).await?) {
                all = all.saturating_add(left(row, about));
            }
        }
        Ok(all)
    }

    /// What is wrong, where, and what to do; None where there is room.
    pub(crate) async fn why_full(&self) -> Option<String> {
        let free = self.blobs.free().await;
        if !self.writer.room().is_awaited() && free.is_none_or(|free| free >= LEAST) {
            return None;
        }
        Some(self.full(free))
    }

    fn full(&self, free: Option<u64>) -> String {
        let free = free.map_or_else(String::new, |free| format!(" ({} KiB are free)", free >> 10));
        format!(
            "the server's disk is full{free}: make room on the disk of {}, and ask again",
            self.folders.root().display()
        )
    }
}

fn left(row: &UploadRow, about: Option<About>) -> u64 {
    row.bytes.saturating_sub(about.map_or(0, |about| about.bytes))
}
