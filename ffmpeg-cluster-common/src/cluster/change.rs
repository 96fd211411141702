//! Changes to the durable record, and the record that the next start reads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{CheckedPiece, JobSpec};
use super::place::Place;
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
    /// From now on the job waits for so many clients.
    ClientsWanted {
        job: JobId,
        clients: u32,
    },
    /// The job has this place in the queue from now on.
    Placed {
        job: JobId,
        place: Place,
    },
    /// People paused or resumed the job.
    Paused {
        job: JobId,
        paused: bool,
    },
    /// The frames of the job are listed.
    /// Deletes pieces, leases and attempts of an earlier index of this job.
    FilmKnown {
        job: JobId,
        film: Box<Film>,
    },
    /// From now on only clients of this kind may make the track.
    KeptToOneKind {
        job: JobId,
        track: TrackNo,
        kind: String,
    },
    /// The job goes on without an optional track.
    /// Deletes pieces, leases and attempts of that track.
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
    /// How many crashes this job will have caused if the server dies now.
    CrashesTold {
        job: JobId,
        crashes: u32,
    },
    /// The lease ended without a piece.
    /// `attempt` says how its units have failed so far. None adds nothing to their history.
    LeaseEnded {
        job: JobId,
        lease: LeaseId,
        segment: Segment,
        client: ClientId,
        attempt: Option<Attempt>,
    },
    /// The piece is kept, which also ends its lease.
    PieceKept {
        job: JobId,
        piece: Box<RememberedPiece>,
    },
    /// A kept piece is no longer trusted; its units are to do again.
    PieceDoubted {
        job: JobId,
        lease: LeaseId,
    },
    /// A client lied. Strikes that are older than a day no longer count.
    Struck {
        client: ClientId,
        strike: Strike,
    },
    /// All strikes of the client are deleted.
    Forgiven {
        client: ClientId,
    },
    /// The audit of this job is in doubt, so the strikes that it caused are deleted.
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

/// The durable history of units that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub segment: Segment,
    #[serde(flatten)]
    pub past: FailureHistory,
}

/// Failed attempts at the same units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureHistory {
    pub count: u32,
    /// Each client once, ordered by its latest failure.
    pub failed_on: Vec<ClientId>,
    pub fault: Fault,
    /// A device failed at these units and software can encode them, so no device gets them again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_device: bool,
    /// The frames at which a piece of these units failed its audit.
    /// The next piece is audited at the same place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_failed: Option<FrameRange>,
}

impl FailureHistory {
    /// A history without attempts.
    pub(super) fn of(fault: &Fault) -> Self {
        Self { count: 0, failed_on: Vec::new(), fault: fault.clone(), on_device: false, audit_failed: None }
    }

    /// Whether the units have failed as often as the settings allow.
    pub(super) fn is_given_up(&self, settings: &Settings) -> bool {
        self.count >= settings.max_retries.max(1)
    }

    /// Records a failure of this client as the latest one.
    pub(super) fn put_down_to(&mut self, client: &ClientId) {
        self.failed_on.retain(|other| other != client);
        self.failed_on.push(client.clone());
    }
}

/// One lie: the server refused a piece for a reason that only its client can be blamed for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strike {
    pub at: WallMillis,
    pub why: String,
    /// The job whose audit the piece failed.
    /// None if the piece failed no audit, but differs from what was leased.
    pub job: Option<JobId>,
}

/// The durable record that a restarted server needs. It holds no ended jobs.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// The boot number of this start, already incremented and committed.
    pub boot: u32,
    pub jobs: Vec<RememberedJob>,
    pub speeds: BTreeMap<(ClientId, WorkKind), f64>,
    pub names: BTreeMap<ClientId, String>,
    /// Strikes of each client, the oldest first.
    pub strikes: BTreeMap<ClientId, Vec<Strike>>,
}

#[derive(Debug, Clone)]
pub struct RememberedJob {
    pub job: JobId,
    pub spec: JobSpec,
    pub state: JobState,
    pub place: Place,
    pub paused: bool,
    pub film: Option<Film>,
    pub created_at: WallMillis,
    pub pieces: Vec<RememberedPiece>,
    pub leases: Vec<RememberedLease>,
    pub attempts: Vec<Attempt>,
    /// Crashes of the server in a row during server tasks of this job.
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
