//! How much of the disk may still be written.

use ffmpeg_cluster_common::io::disk;
use ffmpeg_cluster_common::io::spawn::Background;

use super::Store;

impl Store {
    /// What is free, less what was announced by uploads and has not come yet.
    pub(crate) async fn free_disk(&self, background: &Background) -> Option<u64> {
        let announced = self.reader.uploads().await.unwrap_or_default();
        let folders = self.folders.clone();
        // A look at a file for each upload: on a disk that hangs it must not hold up anything else.
        let free = background.blocking(move || {
            let to_come = announced.iter().map(|row| {
                let here = std::fs::metadata(folders.upload(&row.upload)).map_or(0, |about| about.len());
                row.bytes.saturating_sub(here)
            });
            Some(disk::free(&folders.uploads())?.saturating_sub(to_come.sum()))
        });
        free.await.ok().flatten()
    }
}
