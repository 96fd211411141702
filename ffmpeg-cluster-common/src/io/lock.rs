//! Files that one process at a time can lock. The system releases the lock however the process ends.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// Opens or creates the file, and locks it while it is open. None if another process holds the lock.
/// Do not delete a file that others lock: two processes could then lock two files of the same name.
pub fn take(path: &Path) -> io::Result<Option<File>> {
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
        let first = take(&path).unwrap().unwrap();
        assert!(take(&path).unwrap().is_none());
        drop(first);
        assert!(take(&path).unwrap().is_some());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "kept");
        std::fs::remove_file(path).unwrap();
    }
}
