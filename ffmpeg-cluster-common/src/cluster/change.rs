//! What must be remembered, and what is given back at the next start.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{CheckedPiece, JobSpec};
use super::settings::Settings;
use crate::fault::Fault;
use crate::frames::FrameRange;
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::plan::film::Film;
use crate::media::plan::track::{Segment, TrackNo, WorkKind};
use crate::media::proof::report::Report;
use crate::media::words::device::Seat;
use crate::protocol::command::JobState;
use crate::time::WallMillis;

#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    JobAdded {
        job: JobId,
        spec: Box<JobSpec>,
        at: WallMillis,
    },
    JobMoved {
        job: JobId,
        state: JobState,
    },
    /// Also wipes pieces, leases and attempts of an earlier index of this job.
    FilmKnown {
        job: JobId,
        film: Box<Film>,
    },
    /// A track is left to the clients of one kind.
    KeptToOneKind {
        job: JobId,
        track: TrackNo,
        kind: String,
    },
    /// The job goes on without a track that it does not need. Also wipes its pieces, leases and attempts.
    TrackGivenUp {
        job: JobId,
        track: TrackNo,
        why: String,
    },
    JobEnded {
        job: JobId,
        state: JobState,
        at: WallMillis,
        error: Option<String>,
        report: Option<Box<Report>>,
    },
    Leased {
        job: JobId,
        lease: LeaseId,
        segment: Segment,
        client: ClientId,
        seat: Option<Seat>,
    },
    /// Crashes of the server at this job, if the server dies now.
    CrashesTold {
        job: JobId,
        crashes: u32,
    },
    /// The lease is over without a piece; `attempt` is what its frames have cost so far.
    LeaseEnded {
        job: JobId,
        lease: LeaseId,
        attempt: Option<Attempt>,
    },
    /// Ends the lease too.
    PieceKept {
        job: JobId,
        piece: Box<RememberedPiece>,
    },
    /// A kept piece of a client that was caught with forged pictures: its frames are to do again.
    PieceDoubted {
        job: JobId,
        lease: LeaseId,
    },
    /// A client lied; what it did a day before does not count any more.
    Struck {
        client: ClientId,
        strike: Strike,
    },
    /// Its strikes are forgotten.
    Forgiven {
        client: ClientId,
    },
    /// The measure of this job is in doubt: whoever failed its audit is not held to it.
    StrikesTakenBack {
        job: JobId,
    },
    ClientSeen {
        client: ClientId,
        name: String,
        at: WallMillis,
    },
    SpeedMeasured {
        client: ClientId,
        kind: WorkKind,
        fps: f64,
    },
}

/// Units that failed, as they are remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub segment: Segment,
    #[serde(flatten)]
    pub past: Past,
}

/// Attempts that failed at the same units: how often, where, and how last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    pub count: u32,
    /// The last one at the end.
    pub failed_on: Vec<ClientId>,
    pub fault: Fault,
    /// A device failed at them, where software can do them, too: no device gets them again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_device: bool,
    /// Where a piece of them failed its audit: whoever makes them next is audited there, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_failed: Option<FrameRange>,
}

impl Past {
    /// Of units that never failed before.
    pub(super) fn of(fault: &Fault) -> Self {
        Self { count: 0, failed_on: Vec::new(), fault: fault.clone(), on_device: false, audit_failed: None }
    }

    /// As often as it may be tried.
    pub(super) fn is_given_up(&self, settings: &Settings) -> bool {
        self.count >= settings.max_retries.max(1)
    }

    /// Each client once, where it failed last.
    pub(super) fn put_down_to(&mut self, client: &ClientId) {
        self.failed_on.retain(|other| other != client);
        self.failed_on.push(client.clone());
    }
}

/// A piece was refused for a reason that only its client can be to blame for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strike {
    pub at: WallMillis,
    pub why: String,
    /// The job whose audit the piece failed; none where it was no piece at all.
    pub job: Option<JobId>,
}

/// Everything durable that a restarted server needs; jobs that ended are not in it.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Already bumped and committed for this start.
    pub boot: u32,
    pub jobs: Vec<RememberedJob>,
    pub speeds: BTreeMap<(ClientId, WorkKind), f64>,
    pub names: BTreeMap<ClientId, String>,
    /// The oldest first.
    pub strikes: BTreeMap<ClientId, Vec<Strike>>,
}

#[derive(Debug, Clone)]
pub struct RememberedJob {
    pub job: JobId,
    pub spec: JobSpec,
    pub state: JobState,
    pub film: Option<Film>,
    pub created_at: WallMillis,
    pub pieces: Vec<RememberedPiece>,
    pub leases: Vec<RememberedLease>,
    pub attempts: Vec<Attempt>,
    /// Of the server, one after the other, while it worked on this job itself.
    pub crashes: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RememberedLease {
    pub lease: LeaseId,
    pub segment: Segment,
    pub client: ClientId,
    pub seat: Option<Seat>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RememberedPiece {
    pub lease: LeaseId,
    pub segment: Segment,
    pub client: ClientId,
    pub piece: CheckedPiece,
    pub encode_ms: u64,
}
