//! Space on disks is reserved before it is needed: where there is none, nothing more is promised until there is.

use super::Cluster;
use super::effect::{Effect, Effects};
use super::job::Job;
use super::segment::Lease;
use super::timers::Timer;
use crate::fault::{Fault, FaultCode};
use crate::frames::FrameRange;
use crate::ids::{ClientId, JobId};
use crate::limits::SEGMENT_FRAMES_MIN;
use crate::protocol::command::JobState;
use crate::time::{Millis, WallMillis};

/// Stays free on every disk, for databases and for what others write.
const ROOM_KEPT: u64 = 16 << 20;
/// What did not fit is tried again after that.
const ROOM_AGAIN: Millis = Millis::secs(5);

/// As a client tells it: 0 is unknown.
pub(super) fn has_room(free: u64) -> bool {
    free == 0 || free >= ROOM_KEPT
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
    pub(super) fn room_missing(&self) -> Option<(u64, u64)> {
        let least = self.jobs.values().map(|job| job.bytes_for(SEGMENT_FRAMES_MIN)).max().unwrap_or(0);
        let (free, needed) = (self.free_disk?, self.promised_bytes() + ROOM_KEPT + least);
        (free < needed).then_some((free, needed))
    }

    /// Frames of this job for which there is room.
    pub(super) fn frames_that_fit(&self, job: &Job) -> u64 {
        let Some(free) = self.free_disk else { return u64::MAX };
        let left = free.saturating_sub(self.promised_bytes() + ROOM_KEPT);
        left.checked_div(job.bytes_for(1)).unwrap_or(u64::MAX)
    }

    pub(super) fn explain_room(&self) -> Option<String> {
        let (free, needed) = self.room_missing()?;
        Some(format!(
            "the server's disk is full: {} MiB are free and {} MiB needed; it goes on by itself when there is room",
            free >> 20,
            needed.div_ceil(1 << 20)
        ))
    }

    /// The client's own disk has room for a share of this job.
    pub(super) fn has_disk_for(&self, client: &ClientId, now: Millis) -> bool {
        self.clients
            .get(client)
            .is_some_and(|known| now >= known.full_until && has_room(known.hello.free_disk))
    }

    pub(super) fn on_index_failed(
        &mut self,
        now: Millis,
        id: &JobId,
        fault: &Fault,
        at: WallMillis,
        out: &mut Effects,
    ) {
        if fault.code != FaultCode::DiskFull {
            return self.on_job_fault(id, fault, at, out);
        }
        if let Some(job) = self.jobs.get_mut(id).filter(|job| job.indexing.is_some()) {
            job.no_room = true;
            self.timers.set(now + ROOM_AGAIN, Timer::Room);
            self.let_go(id, out);
            self.index_next(out);
        }
    }

    pub(super) fn on_join_failed(
        &mut self,
        now: Millis,
        id: &JobId,
        fault: &Fault,
        at: WallMillis,
        out: &mut Effects,
    ) {
        if self.is_void(id, out) {
            return;
        }
        if fault.code != FaultCode::DiskFull {
            return self.on_job_fault(id, fault, at, out);
        }
        if let Some(job) = self.jobs.get_mut(id) {
            job.no_room = true;
            self.timers.set(now + ROOM_AGAIN, Timer::Room);
            self.let_go(id, out);
        }
    }

    /// Whatever waits for room is tried again; whether there is some is seen by doing it.
    pub(super) fn on_room(&mut self, out: &mut Effects) {
        self.look = true;
        let waiting =
            self.jobs.iter_mut().filter_map(|(id, job)| std::mem::take(&mut job.no_room).then(|| id.clone()));
        for id in waiting.collect::<Vec<_>>() {
            let job = &self.jobs[&id];
            let again = match &job.indexing {
                Some(way) => way.effect(&id),
                None if job.state == JobState::Combining => Effect::Join { job: id.clone() },
                None => continue,
            };
            self.take_in_hand(&id, out);
            out.effects.push(again);
        }
        self.index_next(out);
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
