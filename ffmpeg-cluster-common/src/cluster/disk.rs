//! Space on disks is reserved before it is needed: where there is none, nothing more is promised until there is.

use super::Cluster;
use super::job::Job;
use super::lease::Lease;
use crate::frames::FrameRange;
use crate::limits::SEGMENT_FRAMES_MIN;

/// Stays free on every disk, for databases and for what others write.
const SPACE_KEPT: u64 = 16 << 20;

/// As a client tells it: 0 is unknown.
pub(super) fn has_space(free: u64) -> bool {
    free == 0 || free >= SPACE_KEPT
}

impl Cluster {
    pub(super) fn on_free_disk(&mut self, free: u64) {
        self.free_disk = Some(free);
        self.look = true;
    }

    /// Bytes that will yet be needed here: for the pieces of leases, and to join what is made beside its pieces.
    fn promised_bytes(&self) -> u64 {
        self.jobs.values().map(Job::promised_bytes).sum()
    }

    /// What is missing on the server's disk before more can be promised.
    pub(super) fn space_missing(&self) -> Option<(u64, u64)> {
        let least = self.jobs.values().map(|job| job.bytes_for(SEGMENT_FRAMES_MIN)).max().unwrap_or(0);
        let (free, needed) = (self.free_disk?, self.promised_bytes() + SPACE_KEPT + least);
        (free < needed).then_some((free, needed))
    }

    /// Frames of this job for which there is room.
    pub(super) fn frames_that_fit(&self, job: &Job) -> u64 {
        let Some(free) = self.free_disk else { return u64::MAX };
        let left = free.saturating_sub(self.promised_bytes() + SPACE_KEPT);
        left.checked_div(job.bytes_for(1)).unwrap_or(u64::MAX)
    }

    pub(super) fn explain_disk(&self) -> Option<String> {
        let (free, needed) = self.space_missing()?;
        Some(format!(
            "the server's disk is full: {} MiB are free and {} MiB needed; it goes on by itself when there is room",
            free >> 20,
            needed.div_ceil(1 << 20)
        ))
    }
}

impl Job {
    /// As its kept pieces were; nothing is known before the first.
    fn bytes_per_frame(&self) -> f64 {
        if self.frames_kept == 0 {
            return 0.0;
        }
        self.bytes_kept as f64 / self.frames_kept as f64
    }

    /// As pieces, and once more joined.
    fn bytes_for(&self, frames: u64) -> u64 {
        (self.bytes_per_frame() * 2.0 * frames as f64) as u64
    }

    fn promised_bytes(&self) -> u64 {
        let leased: u64 = self.leases.values().filter_map(Lease::range).map(FrameRange::len).sum();
        self.bytes_for(leased) + self.bytes_kept
    }
}
