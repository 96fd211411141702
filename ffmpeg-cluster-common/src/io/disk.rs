//! Disk space, and the fault of a job when there is none.

use std::io::ErrorKind;
use std::path::Path;

use super::system;
use crate::fault::{Fault, FaultCode};

/// Bytes that we may still write at `path`; None if unknown.
pub fn free(path: &Path) -> Option<u64> {
    system::free(path)
}

/// Whether a write failed because the disk is full, or a quota or a bound is used up.
pub fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

/// Whether a program's line says that the disk is full.
pub(super) fn says_full(line: &str) -> bool {
    line.contains("No space left on device") || line.contains("Disk quota exceeded")
}

/// The fault of a job that fails because of a problem of this machine.
pub fn fault(error: &anyhow::Error) -> Fault {
    let full = error.chain().any(|cause| cause.downcast_ref().is_some_and(is_full));
    Fault::new(if full { FaultCode::DiskFull } else { FaultCode::Internal }, format!("{error:#}"))
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
        let of = |kind: ErrorKind| {
            fault(&anyhow::Error::from(std::io::Error::from(kind)).context("writing a piece"))
        };
        assert_eq!(of(ErrorKind::StorageFull).code, FaultCode::DiskFull);
        let other = of(ErrorKind::NotFound);
        assert!(
            other.code == FaultCode::Internal && other.message.starts_with("writing a piece: "),
            "{other:?}"
        );
    }
}
