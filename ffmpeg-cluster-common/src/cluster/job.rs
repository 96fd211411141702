//! A job that has not ended: its tracks, and what of them is leased.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::change::RememberedPiece;
use super::effect::Effect;
use super::event::JobSpec;
use super::jobs::TrackBook;
use super::lease::{Lease, Returned};
use super::settings::Settings;
use super::suspect::Suspect;
use crate::frames::FrameNo;
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::plan::film::{Film, IndexedBy};
use crate::media::plan::track::{Load, Segment, Track, TrackNo};
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
    /// One for each track of the film.
    books: Vec<TrackBook>,
    pub(super) leases: BTreeMap<LeaseId, Lease>,
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

impl Job {
    pub(super) fn new(spec: JobSpec, arrival: u64) -> Self {
        Self {
            spec,
            arrival,
            state: JobState::Queued,
            indexing: None,
            film: None,
            books: Vec::new(),
            leases: BTreeMap::new(),
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

    /// Its frames are not listed yet, and clients do it.
    pub(super) fn is_to_list(&self) -> bool {
        self.film.as_ref().is_some_and(|film| film.is_to_list())
    }

    /// All units of all tracks are to do.
    pub(super) fn begin(&mut self, film: Film) {
        self.books = film.tracks.iter().map(TrackBook::new).collect();
        self.film = Some(Arc::new(film));
    }

    pub(super) fn book(&self, track: TrackNo) -> &TrackBook {
        &self.books[usize::from(track.0)]
    }

    pub(super) fn book_mut(&mut self, track: TrackNo) -> &mut TrackBook {
        &mut self.books[usize::from(track.0)]
    }

    /// Its tracks, and how far each is.
    pub(super) fn tracks(&self) -> impl Iterator<Item = (&Track, &TrackBook)> {
        self.film.iter().flat_map(|film| &film.tracks).zip(&self.books)
    }

    /// The track that people ask about; none while nothing is known of the film.
    pub(super) fn first(&self) -> Option<(&Track, &TrackBook)> {
        self.tracks().next()
    }

    /// Of all tracks.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &RememberedPiece> {
        self.books.iter().flat_map(|book| book.pieces.iter())
    }

    pub(super) fn piece(&self, lease: LeaseId) -> Option<&RememberedPiece> {
        self.books.iter().find_map(|book| book.pieces.get(lease))
    }

    pub(super) fn keep(&mut self, piece: RememberedPiece) {
        self.book_mut(piece.segment.track).pieces.keep(piece);
    }

    pub(super) fn lease(&mut self, number: LeaseId, lease: Lease) {
        self.book_mut(lease.segment.track).units_leased += lease.segment.units.len();
        self.leases.insert(number, lease);
    }

    pub(super) fn end_lease(&mut self, number: LeaseId) -> Option<Lease> {
        let lease = self.leases.remove(&number)?;
        self.book_mut(lease.segment.track).units_leased -= lease.segment.units.len();
        Some(lease)
    }

    /// Its units are to do again.
    pub(super) fn doubt(&mut self, lease: LeaseId) -> Option<Segment> {
        let segment = self.books.iter_mut().find_map(|book| book.pieces.take(lease))?.segment;
        self.put_back(segment);
        Some(segment)
    }

    /// The job goes on without this track; gives the pieces that are kept no longer.
    pub(super) fn give_up(&mut self, track: TrackNo, why: String) -> Vec<LeaseId> {
        let Some(film) = &mut self.film else { return Vec::new() };
        Arc::make_mut(film).track_mut(track).given_up = Some(why);
        std::mem::take(self.book_mut(track)).pieces.leases().collect()
    }

    /// Nothing is left but to join.
    pub(super) fn is_made(&self) -> bool {
        self.film.is_some() && self.tracks().all(|(track, book)| book.is_done(track))
    }

    /// Whether it failed at anything that waits to be tried again.
    pub(super) fn failed_on(&self, client: &ClientId) -> bool {
        self.books.iter().any(|book| book.failed_on(client))
    }

    /// What the track comes after is made.
    pub(super) fn may_begin(&self, track: &Track) -> bool {
        track.after.is_none_or(|before| {
            self.film.as_ref().is_some_and(|film| self.book(before).is_done(film.track(before)))
        })
    }

    /// Tracks of which something could be handed out, to somebody.
    pub(super) fn open_tracks(&self) -> impl Iterator<Item = (TrackNo, &Track)> {
        let works = matches!(self.state, JobState::Benchmarking | JobState::Processing);
        let film = self.film.iter().filter(move |_| works && self.indexing.is_none());
        let all = film.flat_map(|film| film.numbers().zip(&film.tracks));
        all.filter(|(number, track)| self.book(*number).has_work() && self.may_begin(track))
    }

    /// It takes whoever comes.
    pub(super) fn is_open(&self) -> bool {
        self.open_tracks().next().is_some()
    }

    /// Of the first track.
    pub(super) fn frames_encoded(&self) -> u64 {
        let mut running: BTreeMap<FrameNo, u64> = BTreeMap::new();
        for lease in self.leases.values().filter(|lease| lease.segment.track == TrackNo::FIRST) {
            let units = lease.segment.units;
            let done = if lease.is_encoding() { lease.frames_done.min(units.len()) } else { units.len() };
            // Of two leases for the same frames the better one counts.
            running.entry(units.start).and_modify(|most| *most = done.max(*most)).or_insert(done);
        }
        self.first().map_or(0, |(_, book)| book.pieces.units()) + running.values().sum::<u64>()
    }

    /// How much of a client a lease of this job takes.
    pub(super) fn load_of(&self, lease: &Lease) -> Option<Load> {
        Some(self.film.as_ref()?.track(lease.segment.track).load)
    }

    pub(super) fn clients(&self) -> BTreeSet<&ClientId> {
        self.leases.values().map(|lease| &lease.worker.client).collect()
    }

    /// Puts a segment back that failed.
    pub(super) fn give_back(&mut self, segment: Segment, returned: Returned) {
        let Segment { track, units } = segment;
        self.book_mut(track).returned.insert(units.start, (units, returned));
    }

    /// Puts a segment back that nobody is to blame for.
    pub(super) fn put_back(&mut self, segment: Segment) {
        self.book_mut(segment.track).todo.insert(segment.units);
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

    pub(super) fn promised_bytes(&self) -> u64 {
        self.books.iter().map(TrackBook::promised_bytes).sum()
    }
}
