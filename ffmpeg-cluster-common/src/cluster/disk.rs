//! Reserves disk space before it is needed.
//! While there is too little, the cluster grants no more leases.

use std::collections::BTreeSet;

use super::jobs::{Jobs, TrackBook};
use super::place::Place;
use crate::time::Millis;

/// Bytes that stay free on every disk, for databases and other programs.
const SPACE_KEPT: u64 = 16 << 20;
/// The delay before the server retries work that did not fit on its disk.
pub(super) const SPACE_AGAIN: Millis = Millis::secs(5);

/// Whether a client's disk has space for a piece. 0 means that its free space is unknown.
pub(super) fn has_space(free: u64) -> bool {
    free == 0 || free >= SPACE_KEPT
}

/// The disk of the server's work folder.
#[derive(Debug, Default)]
pub(super) struct Disk {
    /// Free bytes. None if unknown.
    free: Option<u64>,
    /// Jobs with units to do for which there was too little space.
    held_back: BTreeSet<Place>,
    /// The least space that was left when a job was held back.
    left_then: u64,
}

impl Disk {
    pub(super) fn set_free(&mut self, free: u64) {
        self.free = Some(free);
    }

    /// How much space is missing to grant more leases.
    /// Returns None if there is enough, or if the free space is unknown.
    pub(super) fn missing(&self, jobs: &Jobs) -> Option<Missing> {
        let needed = jobs.promised_bytes() + SPACE_KEPT + jobs.segment_bytes();
        let free = self.free.filter(|free| *free < needed)?;
        Some(Missing { free, needed })
    }

    /// Bytes that are neither promised nor kept for other programs.
    /// `u64::MAX` if the free space is unknown.
    fn left(&self, jobs: &Jobs) -> u64 {
        self.free.map_or(u64::MAX, |free| free.saturating_sub(jobs.promised_bytes() + SPACE_KEPT))
    }

    /// How many more units of this track the disk has space for.
    pub(super) fn units_that_fit(&self, jobs: &Jobs, track: &TrackBook) -> u64 {
        if self.free.is_none() {
            return u64::MAX;
        }
        self.left(jobs).checked_div(track.bytes_for(1)).unwrap_or(u64::MAX)
    }

    /// Remembers that the next units of this job do not fit on the disk.
    pub(super) fn hold_back(&mut self, jobs: &Jobs, job: Place) {
        let left = self.left(jobs);
        self.left_then = if self.held_back.is_empty() { left } else { self.left_then.min(left) };
        self.held_back.insert(job);
    }

    /// Takes the jobs that were held back, if the disk has more space now than it had then.
    pub(super) fn take_held_back(&mut self, jobs: &Jobs) -> BTreeSet<Place> {
        if self.held_back.is_empty() || self.left(jobs) <= self.left_then {
            return BTreeSet::new();
        }
        std::mem::take(&mut self.held_back)
    }

    pub(super) fn explain(&self, jobs: &Jobs) -> Option<String> {
        let Missing { free, needed } = self.missing(jobs)?;
        Some(format!(
            "the server's disk is full: {} MiB are free and {} MiB needed; work continues by itself when there is space",
            free >> 20,
            needed.div_ceil(1 << 20)
        ))
    }
}

/// Too little disk space, in bytes.
pub(super) struct Missing {
    free: u64,
    needed: u64,
}
