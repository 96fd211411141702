//! A film whose units are known (frames, or packets while clients list the frames), with the state
//! of its tracks: to do, leased, kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cluster::change::RememberedPiece;
use crate::cluster::jobs::TrackBook;
use crate::cluster::jobs::lease::{Lease, Returned};
use crate::cluster::jobs::pieces::{KeptPiece, Pieces};
use crate::frames::FrameNo;
use crate::ids::{ClientId, LeaseId};
use crate::media::plan::film::Film;
use crate::media::plan::track::{Load, Segment, Track, TrackNo};

#[derive(Debug)]
pub(in crate::cluster) struct Making {
    /// Shared, because it lists the key frames of a whole film.
    pub(in crate::cluster) film: Arc<Film>,
    /// One for each track of the film, in the same order.
    books: Vec<TrackBook>,
    leases: BTreeMap<LeaseId, Lease>,
    /// Settled at the end of each step that touches the job.
    pub(in crate::cluster) mode: Mode,
}

/// Whether a film waits for clients or is worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Mode {
    /// Too few clients can make it.
    Waiting,
    /// The first segments measure the clients.
    Measuring,
    Working,
}

impl Making {
    /// All units of all tracks are to do.
    pub(in crate::cluster) fn new(film: Film, mode: Mode) -> Self {
        let books = film.tracks.iter().map(TrackBook::new).collect();
        Self { film: Arc::new(film), books, leases: BTreeMap::new(), mode }
    }

    pub(in crate::cluster) fn book(&self, track: TrackNo) -> &TrackBook {
        &self.books[usize::from(track.0)]
    }

    pub(in crate::cluster) fn book_mut(&mut self, track: TrackNo) -> &mut TrackBook {
        &mut self.books[usize::from(track.0)]
    }

    /// The tracks, and how far each is.
    pub(in crate::cluster) fn tracks(&self) -> impl Iterator<Item = (&Track, &TrackBook)> {
        self.film.tracks.iter().zip(&self.books)
    }

    /// The track that people ask about.
    pub(in crate::cluster) fn first(&self) -> (&Track, &TrackBook) {
        (self.film.first(), self.book(TrackNo::FIRST))
    }

    /// The kept pieces of all tracks.
    pub(in crate::cluster) fn pieces(&self) -> impl Iterator<Item = &KeptPiece> {
        self.books.iter().flat_map(|book| book.pieces.in_order())
    }

    pub(super) fn into_pieces(self) -> impl Iterator<Item = Pieces> {
        self.books.into_iter().map(|book| book.pieces)
    }

    pub(in crate::cluster) fn piece(&self, lease: LeaseId) -> Option<&KeptPiece> {
        self.books.iter().find_map(|book| book.pieces.get(lease))
    }

    pub(in crate::cluster) fn keep(&mut self, piece: &RememberedPiece) {
        self.book_mut(piece.segment.track).pieces.keep(piece);
    }

    /// Stops keeping a piece: its units are to do again. Returns its segment.
    pub(in crate::cluster) fn doubt(&mut self, lease: LeaseId) -> Option<Segment> {
        let segment = self.books.iter_mut().find_map(|book| book.pieces.take(lease))?.segment;
        self.put_back(segment);
        Some(segment)
    }

    /// Gives a track up: the job goes on without it.
    /// Returns the leases of pieces that are no longer kept.
    pub(in crate::cluster) fn give_up(&mut self, track: TrackNo, why: String) -> Vec<LeaseId> {
        Arc::make_mut(&mut self.film).track_mut(track).given_up = Some(why);
        std::mem::take(self.book_mut(track)).pieces.leases().collect()
    }

    /// From now on only clients of this kind may make the track.
    pub(in crate::cluster) fn keep_to(&mut self, track: TrackNo, kind: String) {
        Arc::make_mut(&mut self.film).track_mut(track).one_kind = Some(kind);
    }

    /// Whether all tracks are done.
    pub(in crate::cluster) fn is_made(&self) -> bool {
        self.tracks().all(|(track, book)| book.is_done(track))
    }

    /// Whether the client failed at units that wait for another attempt.
    pub(in crate::cluster) fn failed_on(&self, client: &ClientId) -> bool {
        self.books.iter().any(|book| book.returned.has_failed(client))
    }

    /// Whether the track that must come before this one is done.
    pub(in crate::cluster) fn may_begin(&self, track: &Track) -> bool {
        track.after.is_none_or(|before| self.book(before).is_done(self.film.track(before)))
    }

    /// Tracks of which something could be handed out. Empty while the film waits for clients.
    pub(in crate::cluster) fn open_tracks(&self) -> impl Iterator<Item = (TrackNo, &Track)> {
        let works = self.mode != Mode::Waiting;
        let all = self.film.numbers().zip(&self.film.tracks).filter(move |_| works);
        all.filter(|(number, track)| self.book(*number).has_work() && self.may_begin(track))
    }

    /// Frames of the first track that are kept or encoded so far by running leases.
    pub(in crate::cluster) fn frames_encoded(&self) -> u64 {
        let mut running: BTreeMap<FrameNo, u64> = BTreeMap::new();
        for lease in self.leases.values().filter(|lease| lease.segment.track == TrackNo::FIRST) {
            let done = lease.frames_done();
            // Of twins, the one that is further counts.
            let start = lease.segment.units.start;
            running.entry(start).and_modify(|most| *most = done.max(*most)).or_insert(done);
        }
        self.first().1.pieces.units() + running.values().sum::<u64>()
    }

    /// Puts a failed segment back, with its history.
    pub(in crate::cluster) fn give_back(&mut self, track: TrackNo, returned: Returned) {
        self.book_mut(track).returned.insert(returned);
    }

    /// Puts a segment back that nobody is to blame for.
    pub(in crate::cluster) fn put_back(&mut self, segment: Segment) {
        self.book_mut(segment.track).todo.insert(segment.units);
    }

    pub(in crate::cluster) fn promised_bytes(&self) -> u64 {
        self.books.iter().map(TrackBook::promised_bytes).sum()
    }
}

/// The leases of the film.
impl Making {
    pub(in crate::cluster) const fn leases(&self) -> &BTreeMap<LeaseId, Lease> {
        &self.leases
    }

    pub(in crate::cluster) fn lease_mut(&mut self, number: LeaseId) -> Option<&mut Lease> {
        self.leases.get_mut(&number)
    }

    /// Adds a lease, and returns its load.
    pub(in crate::cluster) fn lease(&mut self, number: LeaseId, lease: Lease) -> Load {
        let load = self.load_of(&lease);
        let book = self.book_mut(lease.segment.track);
        book.units_leased += lease.segment.units.len();
        if lease.segment.units.start == 0 {
            book.leased_first.insert(number);
        }
        self.leases.insert(number, lease);
        load
    }

    pub(in crate::cluster) fn end_lease(&mut self, number: LeaseId) -> Option<Lease> {
        let lease = self.leases.remove(&number)?;
        let book = self.book_mut(lease.segment.track);
        book.units_leased -= lease.segment.units.len();
        book.leased_first.remove(&number);
        Some(lease)
    }

    /// How much of a client this lease takes.
    pub(in crate::cluster) fn load_of(&self, lease: &Lease) -> Load {
        self.film.track(lease.segment.track).load
    }

    pub(in crate::cluster) fn clients(&self) -> BTreeSet<&ClientId> {
        self.leases.values().map(|lease| &lease.worker.client).collect()
    }
}
