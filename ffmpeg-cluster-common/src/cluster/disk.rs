//! Space on disks is reserved before it is needed: where there is none, nothing more is promised until there is.

use super::jobs::{Jobs, TrackBook};
use crate::time::Millis;

/// Stays free on every disk, for databases and for what others write.
const SPACE_KEPT: u64 = 16 << 20;
/// What did not fit on the disk is tried again after that.
pub(super) const SPACE_AGAIN: Millis = Millis::secs(5);

/// As a client tells it: 0 is unknown.
pub(super) fn has_space(free: u64) -> bool {
    free == 0 || free >= SPACE_KEPT
}

/// The disk of the server's work folder.
#[derive(Debug, Default)]
pub(super) struct Disk {
    /// Bytes, where that is known.
    free: Option<u64>,
}

impl Disk {
    pub(super) fn tells(&mut self, free: u64) {
        self.free = Some(free);
    }

    /// What is missing before more can be promised.
    pub(super) fn missing(&self, jobs: &Jobs) -> Option<Missing> {
        let needed = jobs.promised_bytes() + SPACE_KEPT + jobs.segment_bytes();
        let free = self.free.filter(|free| *free < needed)?;
        Some(Missing { free, needed })
    }

    /// Units of this track for which there is space.
    pub(super) fn units_that_fit(&self, jobs: &Jobs, track: &TrackBook) -> u64 {
        let Some(free) = self.free else { return u64::MAX };
        let left = free.saturating_sub(jobs.promised_bytes() + SPACE_KEPT);
        left.checked_div(track.bytes_for(1)).unwrap_or(u64::MAX)
    }

    pub(super) fn explain(&self, jobs: &Jobs) -> Option<String> {
        let Missing { free, needed } = self.missing(jobs)?;
        Some(format!(
            "the server's disk is full: {} MiB are free and {} MiB needed; it goes on by itself when there is room",
            free >> 20,
            needed.div_ceil(1 << 20)
        ))
    }
}

/// Bytes that are free, and bytes that would have to be.
pub(super) struct Missing {
    free: u64,
    needed: u64,
}
