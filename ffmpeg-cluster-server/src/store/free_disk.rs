//! How much of the disk may still be written.

use ffmpeg_cluster_common::io::disk;
use ffmpeg_cluster_common::io::spawn::Background;

use super::Store;
use crate::store::catalog::{Page, UploadRow};

impl Store {
    /// What is free, less what was announced by uploads and has not come yet.
    pub(crate) async fn free_disk(&self, background: &Background) -> Option<u64> {
        let to_come = self.to_come(background).await.unwrap_or_default();
        let folder = self.folders.uploads();
        let free = background.blocking(move || disk::free(&folder)).await.ok().flatten()?;
        Some(free.saturating_sub(to_come))
    }

    async fn to_come(&self, background: &Background) -> anyhow::Result<u64> {
        let (mut all, mut page) = (0_u64, Some(Page::first()));
        while let Some(this) = page {
            let announced = self.reader.uploads(&this).await?;
            page = this.next(&announced, UploadRow::place);
            let folders = self.folders.clone();
            let to_come = move |row: UploadRow| {
                let here = std::fs::metadata(folders.upload(&row.upload)).map_or(0, |about| about.len());
                row.bytes.saturating_sub(here)
            };
            // A look at a file for each upload: on a disk that hangs it must not hold up anything else.
            let look = move || announced.into_iter().map(to_come).sum::<u64>();
            all = all.saturating_add(background.blocking(look).await?);
        }
        Ok(all)
    }
}
