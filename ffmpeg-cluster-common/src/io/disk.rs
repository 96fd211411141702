//! Disk space.

use std::io::ErrorKind;
use std::path::Path;

use super::system;

/// Bytes that we may still write at `path`; None if unknown.
pub fn free(path: &Path) -> Option<u64> {
    system::free(path)
}

/// Whether a write failed because the disk is full, or a quota or a bound is used up.
pub fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

/// Whether a program's line says that the disk is full.
pub fn says_full(line: &str) -> bool {
    line.contains("No space left on device") || line.contains("Disk quota exceeded")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_some_room_here_and_none_nowhere() {
        assert!(free(&std::env::temp_dir()).is_some_and(|bytes| bytes > 0));
        assert_eq!(free(Path::new("/no/such/folder")), None);
    }

    #[test]
    fn a_full_disk_is_told_from_other_trouble() {
        assert!(is_full(&ErrorKind::StorageFull.into()) && !is_full(&ErrorKind::NotFound.into()));
        assert!(says_full("av_interleaved_write_frame(): No space left on device"));
        assert!(!says_full("Conversion failed!"));
    }
}
