//! One job that has not ended.
//!
//! - [`transitions`]: from one stage to the next

mod transitions;

use crate::cluster::event::JobSpec;
use crate::cluster::jobs::TrackBook;
use crate::cluster::jobs::crashes::Crashes;
use crate::cluster::jobs::doubts::Doubts;
use crate::cluster::jobs::lease::Lease;
use crate::cluster::jobs::making::{Making, Mode};
use crate::cluster::jobs::pieces::KeptPiece;
use crate::cluster::jobs::stage::Stage;
use crate::cluster::place::Place;
use crate::ids::LeaseId;
use crate::media::plan::track::Track;
use crate::media::plan::witness::Lead;
use crate::protocol::command::JobState;

#[derive(Debug)]
pub(in crate::cluster) struct Job {
    spec: JobSpec,
    place: Place,
    /// People want nothing more of it to start.
    paused: bool,
    stage: Stage,
    /// The state that the durable record has.
    told: JobState,
    /// Whether the job once had enough clients; after that, any number is enough.
    started: bool,
    /// How far before a segment decoders begin; grows when neighbouring pieces disagree.
    lead: Lead,
    /// Running joins whose pieces are no longer trusted; their results are ignored.
    joins_void: u32,
    doubts: Doubts,
    crashes: Crashes,
}

/// A change of a job's public state.
#[derive(Debug, Clone, Copy)]
pub(in crate::cluster) struct StateChange {
    pub(in crate::cluster) from: JobState,
    pub(in crate::cluster) to: JobState,
}

impl Job {
    pub(super) fn new(spec: JobSpec, place: Place) -> Self {
        Self {
            spec,
            place,
            paused: false,
            stage: Stage::Queued,
            told: JobState::Queued,
            started: false,
            lead: Lead::Usual,
            joins_void: 0,
            doubts: Doubts::default(),
            crashes: Crashes::default(),
        }
    }

    pub(in crate::cluster) const fn spec(&self) -> &JobSpec {
        &self.spec
    }

    pub(in crate::cluster) const fn place(&self) -> Place {
        self.place
    }

    pub(super) const fn set_place(&mut self, place: Place) {
        self.place = place;
    }

    pub(in crate::cluster) const fn is_paused(&self) -> bool {
        self.paused
    }

    pub(in crate::cluster) const fn stage(&self) -> &Stage {
        &self.stage
    }

    pub(in crate::cluster) const fn has_started(&self) -> bool {
        self.started
    }

    pub(in crate::cluster) const fn lead(&self) -> Lead {
        self.lead
    }

    pub(in crate::cluster) const fn doubts(&self) -> &Doubts {
        &self.doubts
    }

    pub(in crate::cluster) const fn doubts_mut(&mut self) -> &mut Doubts {
        &mut self.doubts
    }

    pub(in crate::cluster) const fn crashes(&self) -> &Crashes {
        &self.crashes
    }

    pub(in crate::cluster) const fn crashes_mut(&mut self) -> &mut Crashes {
        &mut self.crashes
    }

    /// The change of state that the durable record does not have yet.
    pub(in crate::cluster) fn untold_move(&self) -> Option<StateChange> {
        let moved = StateChange { from: self.told, to: self.stage.state() };
        (moved.from != moved.to).then_some(moved)
    }

    pub(in crate::cluster) fn making(&self) -> Option<&Making> {
        self.stage.making()
    }

    pub(super) fn making_mut(&mut self) -> Option<&mut Making> {
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

    /// The tracks, if something of them may be handed out.
    pub(super) fn offered(&self) -> Option<&Making> {
        self.under_way().filter(|_| !self.paused)
    }

    /// Whether clients must list the job's frames first.
    pub(in crate::cluster) fn is_to_list(&self) -> bool {
        self.making().is_some_and(|making| making.film.is_to_list())
    }

    /// Whether the job has something to hand out.
    pub(in crate::cluster) fn is_open(&self) -> bool {
        self.offered().is_some_and(|making| making.open_tracks().next().is_some())
    }

    /// The tracks, with their progress. Empty until the film is known.
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

    /// Whether a server task of this job is running.
    pub(in crate::cluster) fn has_server_task(&self) -> bool {
        let works = match &self.stage {
            Stage::Indexing(_) | Stage::Joining(_) => !self.stage.waits_for_space(),
            Stage::Queued | Stage::Making(_) => false,
        };
        works || self.joins_void > 0
    }
}

/// Updates within a stage.
impl Job {
    /// Sets whether the job waits for clients or is worked on. Does nothing in other stages.
    pub(in crate::cluster) fn set_mode(&mut self, mode: Mode) {
        let Stage::Making(making) = &mut self.stage else { return };
        making.set_mode(mode);
        self.started |= mode != Mode::Waiting;
    }

    /// Waits for no more than one client. Returns false where that was so.
    pub(in crate::cluster) const fn want_one_client(&mut self) -> bool {
        let is_fewer = self.spec.required_clients > 1;
        self.spec.required_clients = 1;
        is_fewer
    }

    pub(in crate::cluster) const fn set_paused(&mut self, paused: bool) {
        self.paused = paused;
    }

    pub(in crate::cluster) const fn note_no_space(&mut self, is_missing: bool) {
        self.stage.note_no_space(is_missing);
    }

    pub(in crate::cluster) const fn note_join_progress(&mut self, done: f32) {
        if let Stage::Joining(joining) = &mut self.stage {
            joining.done = done.clamp(0.0, 1.0);
        }
    }

    /// Notes that the durable record has the current state.
    pub(in crate::cluster) fn mark_state_told(&mut self) {
        self.told = self.stage.state();
    }

    /// Resumes the job from the durable record.
    pub(in crate::cluster) fn resume(&mut self, making: Making, told: JobState, has_pieces: bool) {
        self.told = told;
        // A job that has begun may still wait for clients to make the rest.
        self.started = making.mode() != Mode::Waiting || has_pieces;
        self.stage = Stage::Making(making);
    }

    /// From now on, decoders begin at least this far before a segment.
    pub(in crate::cluster) fn lengthen_lead(&mut self, lead: Lead) {
        self.lead = self.lead.max(lead);
    }
}
