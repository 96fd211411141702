//! An immutable snapshot of the cluster for REST, WebSocket and a dashboard.

use std::collections::BTreeMap;

use crate::ids::{ClientId, JobId, LeaseId};
use crate::protocol::command::{ClientState, JobState, Priority};
use crate::protocol::reason::Reason;
use crate::protocol::reply::Machine;
use crate::time::WallMillis;

/// Clients, and jobs that have not ended. The catalog has the ended jobs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct View {
    pub jobs: BTreeMap<JobId, JobView>,
    pub clients: BTreeMap<ClientId, ClientView>,
    /// Messages since the start that came too late or did not fit.
    pub stale: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct JobView {
    pub state: JobState,
    pub owner: String,
    pub priority: Priority,
    /// The place in the queue; 1 is served first.
    pub position: u64,
    pub paused: bool,
    pub frames_total: Option<u64>,
    /// Frames in kept pieces.
    pub frames_kept: u64,
    /// Frames in kept pieces, and frames that running leases have encoded so far.
    pub frames_done: u64,
    /// Percent, below 100 until the job is Completed.
    pub progress: f64,
    pub fps: f64,
    pub clients: u32,
    /// One sentence: what the job does or waits for.
    pub doing: String,
    pub leases: Vec<LeaseView>,
    /// Answers to "why is nothing happening", the most important first.
    pub reasons: Vec<Reason>,
}

impl JobView {
    /// The reasons as sentences.
    pub fn explain(&self) -> Vec<String> {
        self.reasons.iter().map(|reason| reason.text.clone()).collect()
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct LeaseView {
    pub lease: LeaseId,
    pub client: ClientId,
    /// `frames 0..240` or `the sound`.
    pub segment: String,
    pub frames_done: u64,
    /// `offered`, `encoding`, `sending` or `checking`.
    pub phase: &'static str,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ClientView {
    pub name: String,
    pub machine: Machine,
    pub connected_at: WallMillis,
    pub state: ClientState,
    pub current_job: Option<JobId>,
    pub fps: Option<f64>,
    pub doing: String,
    /// Why the client gets no work, or one segment at a time. None if it is in good standing.
    pub set_aside: Option<String>,
    /// How often the client lied within the last day.
    pub strikes: u32,
}

/// The number of entries in each part of the state.
/// Entries that belong to a job are deleted with the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    pub jobs: usize,
    pub leases: usize,
    pub kept: usize,
    pub clients: usize,
    /// Clients that are no longer listed, but whose speeds are known.
    pub remembered: usize,
    pub timers: usize,
}
