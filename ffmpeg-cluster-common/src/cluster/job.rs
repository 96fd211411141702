//! A job that has not ended: what is to do, promised, held and kept of its film.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::change::{RememberedPiece, StoredShare};
use super::effect::{Effect, Share};
use super::event::JobSpec;
use super::lease::{Lease, Returned};
use super::pieces::Pieces;
use super::settings::Settings;
use super::suspect::Suspect;
use crate::frames::{FrameNo, FrameRange, RangeSet};
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::plan::film::{Film, IndexedBy};
use crate::media::plan::witness::Lead;
use crate::protocol::command::JobState;

#[derive(Debug)]
pub(super) struct Job {
    pub(super) spec: JobSpec,
    /// Its place in the queue.
    pub(super) arrival: u64,
    pub(super) state: JobState,
    /// How its frame list is made just now, or again when there is room.
    pub(super) indexing: Option<Way>,
    /// Shared, because it lists the key frames of a whole film.
    pub(super) film: Option<Arc<Film>>,
    pub(super) todo: RangeSet,
    /// Frames that failed, by the first of them.
    pub(super) returned: BTreeMap<FrameNo, (FrameRange, Returned)>,
    pub(super) sound: Sound,
    pub(super) leases: BTreeMap<LeaseId, Lease>,
    /// Of all leases of pictures.
    frames_leased: u64,
    pub(super) pieces: Pieces,
    /// Enough clients were there once; from then on it goes on with whoever is.
    pub(super) started: bool,
    /// Pieces whose frames were not those of the index.
    pub(super) frames_differed: BTreeMap<ClientId, u32>,
    /// How far back decoders begin since neighbours disagreed.
    pub(super) lead: Lead,
    pub(super) joined: f32,
    /// Joins under way whose pieces are doubted; what they come to is nothing.
    pub(super) joins_void: u32,
    /// Clients of which a piece was audited.
    pub(super) audited: BTreeSet<ClientId>,
    /// Who alone failed its audits, twice.
    pub(super) suspect: Option<Suspect>,
    /// It was said that its pieces can't be audited.
    pub(super) not_audited: bool,
    /// Its index or result did not fit on the disk, and waits.
    pub(super) no_room: bool,
    pub(super) crashes: Crashes,
}

/// The sound of a job is one indivisible share.
#[derive(Debug)]
pub(super) enum Sound {
    None,
    Todo,
    Returned(Returned),
    Leased,
    Kept,
}

impl Job {
    pub(super) fn new(spec: JobSpec, arrival: u64) -> Self {
        Self {
            spec,
            arrival,
            state: JobState::Queued,
            indexing: None,
            film: None,
            todo: RangeSet::default(),
            returned: BTreeMap::new(),
            sound: Sound::None,
            leases: BTreeMap::new(),
            frames_leased: 0,
            pieces: Pieces::default(),
            started: false,
            frames_differed: BTreeMap::new(),
            lead: Lead::Usual,
            joined: 0.0,
            joins_void: 0,
            audited: BTreeSet::new(),
            suspect: None,
            not_audited: false,
            no_room: false,
            crashes: Crashes::default(),
        }
    }

    /// What a lease of these frames, or packets, is for.
    pub(super) fn share(&self, range: FrameRange) -> Share {
        if self.is_to_list() { Share::List(range) } else { Share::Picture(range) }
    }

    /// Its frames are not listed yet, and clients do it.
    pub(super) fn is_to_list(&self) -> bool {
        self.film.as_ref().is_some_and(|film| film.to_list)
    }

    /// All frames are to do.
    pub(super) fn begin(&mut self, film: Film) {
        self.todo = RangeSet::whole(film.frames);
        self.sound = if film.sound { Sound::Todo } else { Sound::None };
        self.film = Some(Arc::new(film));
        self.returned.clear();
        self.pieces = Pieces::default();
    }

    pub(super) fn keep(&mut self, piece: RememberedPiece) {
        if piece.share.is_none() {
            self.sound = Sound::Kept;
        }
        self.pieces.keep(piece);
    }

    pub(super) fn lease(&mut self, number: LeaseId, lease: Lease) {
        self.frames_leased += lease.range().map_or(0, FrameRange::len);
        self.leases.insert(number, lease);
    }

    pub(super) fn end_lease(&mut self, number: LeaseId) -> Option<Lease> {
        let lease = self.leases.remove(&number)?;
        self.frames_leased -= lease.range().map_or(0, FrameRange::len);
        Some(lease)
    }

    /// Its frames are to do again.
    pub(super) fn doubt(&mut self, lease: LeaseId) -> Option<StoredShare> {
        let piece = self.pieces.take(lease)?;
        match piece.share {
            Some(range) => self.todo.insert(range),
            None => self.sound = Sound::Todo,
        }
        Some(piece.share)
    }

    /// Nothing is left but to join.
    pub(super) fn is_made(&self) -> bool {
        let sound = matches!(self.sound, Sound::None | Sound::Kept);
        sound && self.film.as_ref().is_some_and(|film| self.pieces.frames() == film.frames)
    }

    /// Whether it failed at anything that waits to be tried again.
    pub(super) fn failed_on(&self, client: &ClientId) -> bool {
        let sound = match &self.sound {
            Sound::Returned(returned) => Some(returned),
            _ => None,
        };
        let mut all = self.returned.values().map(|(_, returned)| returned).chain(sound);
        all.any(|returned| returned.past.failed_on.contains(client))
    }

    pub(super) fn has_pictures_to_do(&self) -> bool {
        !self.todo.is_empty() || !self.returned.is_empty()
    }

    /// Something could be handed out, to somebody.
    fn has_work(&self) -> bool {
        let sound = matches!(self.sound, Sound::Todo | Sound::Returned(_));
        self.film.is_some() && self.indexing.is_none() && (sound || self.has_pictures_to_do())
    }

    /// It takes whoever comes.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, JobState::Benchmarking | JobState::Processing) && self.has_work()
    }

    pub(super) fn frames_encoded(&self) -> u64 {
        let mut running: BTreeMap<FrameNo, u64> = BTreeMap::new();
        for (range, lease) in self.leases.values().filter_map(|lease| Some((lease.range()?, lease))) {
            let done = if lease.is_encoding() { lease.frames_done.min(range.len()) } else { range.len() };
            // Of two leases for the same frames the better one counts.
            running.entry(range.start).and_modify(|most| *most = done.max(*most)).or_insert(done);
        }
        self.pieces.frames() + running.values().sum::<u64>()
    }

    pub(super) fn clients(&self) -> BTreeSet<&ClientId> {
        self.leases.values().map(|lease| &lease.worker.client).collect()
    }

    /// Puts a share back that failed.
    pub(super) fn give_back(&mut self, share: Share, returned: Returned) {
        match share {
            Share::Picture(range) | Share::List(range) => {
                self.returned.insert(range.start, (range, returned));
            }
            Share::Sound => self.sound = Sound::Returned(returned),
        }
    }

    /// Puts a share back that nobody is to blame for.
    pub(super) fn put_back(&mut self, share: Share) {
        match share {
            Share::Picture(range) | Share::List(range) => self.todo.insert(range),
            Share::Sound => self.sound = Sound::Todo,
        }
    }
}

/// How a film is indexed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Way {
    pub(super) by: IndexedBy,
    pub(super) one_piece: Option<String>,
}

impl Way {
    pub(super) fn effect(&self, job: &JobId) -> Effect {
        Effect::Index { job: job.clone(), by: self.by, one_piece: self.one_piece.clone() }
    }
}

/// Crashes of the server that came while it worked on a job itself, since such work last ended well.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Crashes {
    pub(super) seen: u32,
    /// As the record has it.
    pub(super) told: u32,
}

impl Job {
    /// The server died of it as often as it may.
    pub(super) fn is_deadly(&self, settings: &Settings) -> bool {
        self.crashes.seen >= settings.crashes_max.max(1)
    }

    pub(super) fn is_in_hand(&self) -> bool {
        let joins = self.state == JobState::Combining && !self.no_room;
        let indexes = self.indexing.is_some() && !self.no_room;
        indexes || joins || self.joins_void > 0
    }

    /// As pieces, and once more joined.
    pub(super) fn bytes_for(&self, frames: u64) -> u64 {
        (self.pieces.bytes_per_frame() * 2.0 * frames as f64) as u64
    }

    pub(super) fn promised_bytes(&self) -> u64 {
        self.bytes_for(self.frames_leased) + self.pieces.bytes()
    }
}
