//! The server's own errors → faults of the job.

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
pub(crate) use ffmpeg_cluster_common::io::disk::fault as internal;

pub(super) fn unreadable(message: &str) -> Fault {
    Fault::new(FaultCode::SourceUnreadable, message)
}
