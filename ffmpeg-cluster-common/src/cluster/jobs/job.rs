//! One job that has not ended.

use std::collections::{BTreeMap, BTreeSet};

use crate::cluster::event::JobSpec;
use crate::cluster::jobs::TrackBook;
use crate::cluster::jobs::lease::Lease;
use crate::cluster::jobs::making::{Making, Mode};
use crate::cluster::jobs::pieces::KeptPiece;
use crate::cluster::jobs::stage::{Indexing, Joining, Stage, Way};
use crate::cluster::jobs::suspect::Suspect;
use crate::cluster::settings::Settings;
use crate::ids::{ClientId, LeaseId};
use crate::media::plan::film::Film;
use crate::media::plan::track::Track;
use crate::media::plan::witness::Lead;
use crate::protocol::command::JobState;

#[derive(Debug)]
pub(in crate::cluster) struct Job {
    pub(in crate::cluster) spec: JobSpec,
    /// The job's place in the queue.
    pub(in crate::cluster) arrival: u64,
    pub(in crate::cluster) stage: Stage,
    /// The state that the durable record has.
    pub(in crate::cluster) told: JobState,
    /// Whether enough clients were there once; from then on any number is enough.
    pub(in crate::cluster) started: bool,
    /// How many pieces of each client had other frames than the index lists.
    pub(in crate::cluster) frames_differed: BTreeMap<ClientId, u32>,
    /// How far before a segment decoders begin; grows when neighbouring pieces disagree.
    pub(in crate::cluster) lead: Lead,
    /// Running joins whose pieces are no longer trusted; their results are ignored.
    pub(in crate::cluster) joins_void: u32,
    /// Clients of which a piece was audited.
    pub(in crate::cluster) audited: BTreeSet<ClientId>,
    /// The client that failed two audits of this job, while no other client failed one.
    pub(in crate::cluster) suspect: Option<Suspect>,
    /// Whether the notice was given that pieces of this job are not audited.
    pub(in crate::cluster) not_audited: bool,
    pub(in crate::cluster) crashes: Crashes,
}

/// Crashes of the server during server tasks of a job, since such a task last ended well.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::cluster) struct Crashes {
    pub(in crate::cluster) seen: u32,
    /// The number in the durable record, which counts a running task as a crash.
    pub(in crate::cluster) told: u32,
}

impl Job {
    pub(in crate::cluster) fn new(spec: JobSpec, arrival: u64) -> Self {
        Self {
            spec,
            arrival,
            stage: Stage::Queued,
            told: JobState::Queued,
            started: false,
            frames_differed: BTreeMap::new(),
            lead: Lead::Usual,
            joins_void: 0,
            audited: BTreeSet::new(),
            suspect: None,
            not_audited: false,
            crashes: Crashes::default(),
        }
    }

    pub(in crate::cluster) fn making(&self) -> Option<&Making> {
        self.stage.making()
    }

    pub(in crate::cluster) fn making_mut(&mut self) -> Option<&mut Making> {
        self.stage.making_mut()
    }

    /// The tracks, if clients work on the job or it waits for clients.
    /// Returns None in all other stages.
    pub(in crate::cluster) fn under_way(&self) -> Option<&Making> {
        match &self.stage {
            Stage::Making(making) => Some(making),
            Stage::Queued | Stage::Indexing(_) | Stage::Joining(_) => None,
        }
    }

    /// Whether clients must list the job's frames first.
    pub(in crate::cluster) fn is_to_list(&self) -> bool {
        self.making().is_some_and(|making| making.film.is_to_list())
    }

    /// Whether something could be handed out to a client.
    pub(in crate::cluster) fn is_open(&self) -> bool {
        self.under_way().is_some_and(|making| making.open_tracks().next().is_some())
    }

    /// The tracks, and how far each is. Empty until the film is known.
    pub(in crate::cluster) fn tracks(&self) -> impl Iterator<Item = (&Track, &TrackBook)> {
        self.making().into_iter().flat_map(Making::tracks)
    }

    pub(in crate::cluster) fn leases(&self) -> impl Iterator<Item = (&LeaseId, &Lease)> {
        self.making().into_iter().flat_map(Making::leases)
    }

    pub(in crate::cluster) fn pieces(&self) -> impl Iterator<Item = &KeptPiece> {
        self.making().into_iter().flat_map(Making::pieces)
    }

    /// How many able clients the job waits for before anything is handed out.
    pub(in crate::cluster) fn clients_wanted(&self) -> usize {
        if self.started { 1 } else { self.spec.required_clients as usize }
    }

    /// Whether the server has died of this job as often as the settings allow.
    pub(in crate::cluster) fn is_deadly(&self, settings: &Settings) -> bool {
        self.crashes.seen >= settings.crashes_max.max(1)
    }

    /// Whether a server task of this job is running.
    pub(in crate::cluster) fn has_server_task(&self) -> bool {
        let works = match &self.stage {
            Stage::Indexing(_) | Stage::Joining(_) => !self.stage.waits_for_space(),
            Stage::Queued | Stage::Making(_) => false,
        };
        works || self.joins_void > 0
    }
}

/// Transitions from one stage to the next.
impl Job {
    pub(in crate::cluster) fn begin_index(&mut self, way: Way) {
        let before = std::mem::take(&mut self.stage).into_making();
        self.stage = Stage::Indexing(Indexing { way, no_space: false, before });
    }

    /// Begins the work on this film: all units of all tracks are to do.
    pub(in crate::cluster) fn begin(&mut self, film: Film) {
        self.stage = Stage::Making(Making::new(film, Mode::Waiting));
    }

    pub(in crate::cluster) fn begin_join(&mut self) {
        self.stage = match std::mem::take(&mut self.stage) {
            Stage::Making(made) => Stage::Joining(Joining { made, done: 0.0, no_space: false }),
            other @ (Stage::Queued | Stage::Indexing(_) | Stage::Joining(_)) => other,
        };
    }

    /// Goes back to encoding, because pieces are made again. A running join of them is ignored.
    pub(in crate::cluster) fn leave_join(&mut self) {
        self.stage = match std::mem::take(&mut self.stage) {
            Stage::Joining(Joining { mut made, no_space, .. }) => {
                self.joins_void += u32::from(!no_space);
                made.mode = Mode::Working;
                Stage::Making(made)
            }
            other @ (Stage::Queued | Stage::Indexing(_) | Stage::Making(_)) => other,
        };
    }
}
