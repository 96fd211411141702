//! The kinds of the server's own work.

use std::sync::Arc;

use ffmpeg_cluster_common::io::trace::Purpose;
use tokio::sync::Semaphore;

/// A kind of work in the background.
pub(super) struct Task {
    pub(super) name: &'static str,
    pub(super) purpose: Purpose,
    /// None: as many at a time as there are.
    pub(super) turns: Option<Arc<Semaphore>>,
}

impl Task {
    /// Whether a job's timeline shows it. Checks and audits belong to the leases there.
    pub(super) const fn is_noted(&self) -> bool {
        matches!(self.purpose, Purpose::Index | Purpose::Join)
    }
}
