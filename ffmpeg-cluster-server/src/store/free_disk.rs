//! How many bytes may still be written.

use super::Store;
use super::blobs::{About, Blob};
use crate::store::catalog::{Page, UploadRow};

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
}

fn left(row: &UploadRow, about: Option<About>) -> u64 {
    row.bytes.saturating_sub(about.map_or(0, |about| about.bytes))
}
