//! What must be remembered, and what is given back at the next start.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{CheckedPiece, JobSpec};
use crate::fault::Fault;
use crate::frames::FrameRange;
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::plan::film::{Film, WorkKind};
use crate::media::plan::witness::Lead;
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
    /// The film is left to the clients of one kind.
    KeptToOneKind {
        job: JobId,
        kind: String,
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
        share: StoredShare,
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
        lease: LeaseId,
        share: StoredShare,
        client: ClientId,
        piece: CheckedPiece,
        encode_ms: u64,
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

/// `None` is the sound, `Some` are frames.
pub type StoredShare = Option<FrameRange>;

/// Frames that failed: how often, where, and how last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub share: StoredShare,
    pub count: u32,
    pub failed_on: Vec<ClientId>,
    pub fault: Fault,
    /// A device failed at them, where software can do them, too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub on_device: bool,
    /// Where a piece of them failed its audit: whoever makes them next is audited there, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_failed: Option<FrameRange>,
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
    pub share: StoredShare,
    pub client: ClientId,
    pub seat: Option<Seat>,
}

#[derive(Debug, Clone)]
pub struct RememberedPiece {
    pub lease: LeaseId,
    pub share: StoredShare,
    pub client: ClientId,
    pub piece: CheckedPiece,
    pub encode_ms: u64,
}

impl RememberedPiece {
    /// What keeps it.
    pub(super) fn change(&self, job: &JobId) -> Change {
        Change::PieceKept {
            job: job.clone(),
            lease: self.lease,
            share: self.share,
            client: self.client.clone(),
            piece: self.piece.clone(),
            encode_ms: self.encode_ms,
        }
    }

    /// How far back its decoder began. The film's first piece begins where the film does, whatever was asked for.
    pub(super) fn lead(&self) -> Lead {
        let first = self.share.is_some_and(|range| range.start == 0);
        if first { Lead::Beginning } else { self.piece.facts.findings.lead }
    }
}
