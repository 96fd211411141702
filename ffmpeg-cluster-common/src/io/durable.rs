//! Files and names that survive a power cut.

use std::fs::{File, TryLockError};
use std::path::Path;

use anyhow::Context;

use super::crash;

/// Syncs the file or the folder, renames it and syncs the folder, in this order and all before anybody hears of it.
/// `points` are the crash points after each step, if any.
pub fn name(from: &Path, to: &Path, points: &[&'static str]) -> anyhow::Result<()> {
    let passed = |step: usize| points.get(step).copied().into_iter().for_each(crash::point);
    if from.is_dir() {
        sync_folder(from)?;
        // No system replaces a folder that is not empty.
        if to.is_dir() {
            std::fs::remove_dir_all(to).with_context(|| format!("removing {}", to.display()))?;
        }
    } else {
        // Windows syncs only a file that is open for writing.
        let file = File::options().read(true).write(true).open(from);
        file.and_then(|file| file.sync_all()).with_context(|| format!("syncing {}", from.display()))?;
    }
    passed(0);
    std::fs::rename(from, to).with_context(|| format!("renaming {}", to.display()))?;
    passed(1);
    to.parent().map_or(Ok(()), sync_folder)?;
    passed(2);
    Ok(())
}

/// Makes the names in the folder durable. Only Unix can do so.
pub fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).context("syncing a folder")?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Opens or makes the file, and locks it for as long as it is open. None: another process holds it.
/// Do not delete a file that others lock: two of them could lock two files of one name.
pub fn lock(path: &Path) -> std::io::Result<Option<File>> {
    let file = File::options().create(true).truncate(false).read(true).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_holds_it_and_what_is_in_it_stays() {
        let path = std::env::temp_dir().join(format!("ffmpeg-cluster-lock-{}", std::process::id()));
        std::fs::write(&path, "kept").unwrap();
        let first = lock(&path).unwrap().unwrap();
        assert!(lock(&path).unwrap().is_none());
        drop(first);
        assert!(lock(&path).unwrap().is_some());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "kept");
        std::fs::remove_file(path).unwrap();
    }
}
