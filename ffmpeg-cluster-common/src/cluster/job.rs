//! A job that has not ended.

use std::collections::{BTreeMap, BTreeSet};

use super::event::JobSpec;
use super::jobs::TrackBook;
use super::lease::Lease;
use super::making::{Making, Mode};
use super::pieces::KeptPiece;
use super::settings::Settings;
use super::stage::{Indexing, Joining, Stage, Way};
use super::suspect::Suspect;
use crate::ids::{ClientId, LeaseId};
use crate::media::plan::film::Film;
use crate::media::plan::track::Track;
use crate::media::plan::witness::Lead;
use crate::protocol::command::JobState;

#[derive(Debug)]
pub(super) struct Job {
    pub(super) spec: JobSpec,
    /// Its place in the queue.
    pub(super) arrival: u64,
    pub(super) stage: Stage,
    /// Its state as the record has it.
    pub(super) told: JobState,
    /// Enough clients were there once; from then on it goes on with whoever is.
    pub(super) started: bool,
    /// Pieces whose frames were not those of the index.
    pub(super) frames_differed: BTreeMap<ClientId, u32>,
    /// How far back decoders begin since neighbours disagreed.
    pub(super) lead: Lead,
    /// Joins under way whose pieces are doubted; what they come to is nothing.
    pub(super) joins_void: u32,
    /// Clients of which a piece was audited.
    pub(super) audited: BTreeSet<ClientId>,
    /// Who alone failed its audits, twice.
    pub(super) suspect: Option<Suspect>,
    /// It was said that its pieces can't be audited.
    pub(super) not_audited: bool,
    pub(super) crashes: Crashes,
}

/// Crashes of the server that came while it worked on a job itself, since such work last ended well.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Crashes {
    pub(super) seen: u32,
    /// As the record has it.
    pub(super) told: u32,
}

impl Job {
    pub(super) fn new(spec: JobSpec, arrival: u64) -> Self {
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

    pub(super) fn making(&self) -> Option<&Making> {
        self.stage.making()
    }

    pub(super) fn making_mut(&mut self) -> Option<&mut Making> {
        self.stage.making_mut()
    }

    /// It is worked on by clients, or waits for them.
    pub(super) fn under_way(&self) -> Option<&Making> {
        match &self.stage {
            Stage::Making(making) => Some(making),
            Stage::Queued | Stage::Indexing(_) | Stage::Joining(_) => None,
        }
    }

    /// Its frames are not listed yet, and clients do it.
    pub(super) fn is_to_list(&self) -> bool {
        self.making().is_some_and(|making| making.film.is_to_list())
    }

    /// It takes whoever comes.
    pub(super) fn is_open(&self) -> bool {
        self.under_way().is_some_and(|making| making.open_tracks().next().is_some())
    }

    /// Its tracks, and how far each is; none while nothing is known of its film.
    pub(super) fn tracks(&self) -> impl Iterator<Item = (&Track, &TrackBook)> {
        self.making().into_iter().flat_map(Making::tracks)
    }

    pub(super) fn leases(&self) -> impl Iterator<Item = (&LeaseId, &Lease)> {
        self.making().into_iter().flat_map(Making::leases)
    }

    pub(super) fn pieces(&self) -> impl Iterator<Item = &KeptPiece> {
        self.making().into_iter().flat_map(Making::pieces)
    }

    /// Clients whom it wants before anything is handed out.
    pub(super) fn clients_wanted(&self) -> usize {
        if self.started { 1 } else { self.spec.required_clients as usize }
    }

    /// The server died of it as often as it may.
    pub(super) fn is_deadly(&self, settings: &Settings) -> bool {
        self.crashes.seen >= settings.crashes_max.max(1)
    }

    /// The server works on it itself.
    pub(super) fn is_in_hand(&self) -> bool {
        let works = match &self.stage {
            Stage::Indexing(_) | Stage::Joining(_) => !self.stage.waits_for_space(),
            Stage::Queued | Stage::Making(_) => false,
        };
        works || self.joins_void > 0
    }
}

/// From one stage to the next.
impl Job {
    pub(super) fn begin_index(&mut self, way: Way) {
        let before = std::mem::take(&mut self.stage).into_making();
        self.stage = Stage::Indexing(Indexing { way, no_space: false, before });
    }

    /// All units of all tracks are to do.
    pub(super) fn begin(&mut self, film: Film) {
        self.stage = Stage::Making(Making::new(film, Mode::Waiting));
    }

    pub(super) fn begin_join(&mut self) {
        self.stage = match std::mem::take(&mut self.stage) {
            Stage::Making(made) => Stage::Joining(Joining { made, done: 0.0, no_space: false }),
            other @ (Stage::Queued | Stage::Indexing(_) | Stage::Joining(_)) => other,
        };
    }

    /// Pieces are to be made again: a join of them that runs comes to nothing.
    pub(super) fn leave_join(&mut self) {
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
