//! Checks whether there is enough disk space for a download.

use std::io;
use std::path::Path;

use anyhow::{anyhow, bail};

use crate::io::disk;

/// Fails if fewer than `bytes` can be written beside `path`.
pub(crate) fn need(path: &Path, bytes: u64) -> anyhow::Result<()> {
    let folder = path.parent().unwrap_or(path);
    match disk::free(folder) {
        Some(free) if free < bytes => bail!(
            "not enough disk space: {} MB are needed in {}, and {} MB are free",
            megabytes(bytes),
            folder.display(),
            free / 1_000_000
        ),
        _ => Ok(()),
    }
}

/// The error of a write, with the free disk space if that was the reason.
pub(super) fn told(path: &Path, error: io::Error) -> anyhow::Error {
    let folder = path.parent().unwrap_or(path);
    if disk::is_full(&error) {
        let free = disk::free(folder).unwrap_or(0);
        return anyhow!(
            "not enough disk space: the disk of {} is full, with {} MB free",
            folder.display(),
            free / 1_000_000
        );
    }
    anyhow::Error::new(error).context(format!("writing {}", path.display()))
}

fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1_000_000)
}
