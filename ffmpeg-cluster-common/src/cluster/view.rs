//! An immutable picture of the cluster for REST, WebSocket and a dashboard.

use std::collections::BTreeMap;

use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::words::device::Device;
use crate::protocol::command::{ClientState, JobState};
use crate::time::WallMillis;

/// Jobs that have not ended, and clients. Jobs that ended are in the catalog.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct View {
    pub jobs: BTreeMap<JobId, JobView>,
    pub clients: BTreeMap<ClientId, ClientView>,
    /// Messages that came late or did not fit, since the start.
    pub stale: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct JobView {
    pub state: JobState,
    pub frames_total: Option<u64>,
    /// Frames in kept pieces.
    pub frames_kept: u64,
    /// Kept frames and frames already encoded in running leases.
    pub frames_done: u64,
    /// 0 to 100, never 100 before Completed.
    pub progress: f64,
    pub fps: f64,
    pub clients: u32,
    /// One sentence: what it does or waits for.
    pub doing: String,
    pub leases: Vec<LeaseView>,
    /// Answers to "why is nothing happening", most important first; the `explain` endpoint adds nothing.
    pub explain: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct LeaseView {
    pub lease: LeaseId,
    pub client: ClientId,
    /// `frames 0..240` or `the sound`.
    pub segment: String,
    pub frames_done: u64,
    /// `offered`, `encoding`, `sending`, `checking`.
    pub phase: &'static str,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ClientView {
    pub name: String,
    pub version: String,
    pub platform: String,
    pub cores: u32,
    pub memory_bytes: u64,
    pub free_disk: u64,
    pub encoders: Vec<String>,
    /// Proved hardware.
    pub devices: Vec<Device>,
    pub connected_at: WallMillis,
    pub state: ClientState,
    pub current_job: Option<JobId>,
    pub fps: Option<f64>,
    pub doing: String,
    /// Why it gets nothing, or one segment at a time, if so.
    pub set_aside: Option<String>,
    /// How often it lied within a day.
    pub strikes: u32,
}

/// How much a cluster remembers, in entries of its books. What belongs to a job goes with the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    pub jobs: usize,
    pub leases: usize,
    pub kept: usize,
    pub clients: usize,
    /// Clients off the books whose speeds are known.
    pub remembered: usize,
    pub timers: usize,
}
