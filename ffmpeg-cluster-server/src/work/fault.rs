//! Trouble of the server's own → a fault of the job.

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::disk;

/// For work that could not even begin.
pub(crate) fn internal(error: &anyhow::Error) -> Fault {
    let full = error.chain().any(|cause| cause.downcast_ref().is_some_and(disk::is_full));
    Fault::new(if full { FaultCode::DiskFull } else { FaultCode::Internal }, format!("{error:#}"))
}

pub(super) fn unreadable(message: &str) -> Fault {
    Fault::new(FaultCode::SourceUnreadable, message)
}
