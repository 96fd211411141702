//! A film whose units are known (frames, or packets while clients list the frames), with the state
//! of its tracks: to do, leased, kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cluster::change::{FailureHistory, RememberedPiece};
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
    mode: Mode,
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

/// How many frames a film has, how many of them are kept, and how many are encoded, in pieces or in running leases.
#[derive(Debug, Clone, Copy)]
pub(in crate::cluster) struct FrameCounts {
    pub(in crate::cluster) total: u64,
    pub(in crate::cluster) kept: u64,
    pub(in crate::cluster) done: u64,
}

/// What a lease from an earlier run of the server reclaims.
pub(in crate::cluster) struct Claimed {
    pub(in crate::cluster) past: Option<FailureHistory>,
    /// Another lease of the same segment.
    pub(in crate::cluster) twin: Option<LeaseId>,
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

    fn book_mut(&mut self, track: TrackNo) -> &mut TrackBook {
        &mut self.books[usize::from(track.0)]
    }

    /// The tracks, with their progress.
    pub(in crate::cluster) fn tracks(&self) -> impl Iterator<Item = (&Track, &TrackBook)> {
        self.film.tracks.iter().zip(&self.books)
    }

    pub(in crate::cluster) const fn mode(&self) -> Mode {
        self.mode
    }

    pub(super) const fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// The track whose progress people see.
    pub(in crate::cluster) fn first(&self) -> (&Track, &TrackBook) {
        (self.film.first(), self.book(TrackNo::FIRST))
    }

    /// The frames of the picture; a copied picture needs no work.
    pub(in crate::cluster) fn frames(&self) -> FrameCounts {
        let (track, book) = self.first();
        match self.film.copied {
            Some(frames) => FrameCounts { total: frames, kept: frames, done: frames },
            None => {
                FrameCounts { total: track.units, kept: book.pieces().units(), done: self.frames_encoded() }
            }
        }
    }

    /// The kept pieces of all tracks.
    pub(in crate::cluster) fn pieces(&self) -> impl Iterator<Item = &KeptPiece> {
        self.books.iter().flat_map(|book| book.pieces().in_order())
    }

    pub(super) fn into_pieces(self) -> impl Iterator<Item = Pieces> {
        self.books.into_iter().map(TrackBook::into_pieces)
    }

    pub(in crate::cluster) fn piece(&self, lease: LeaseId) -> Option<&KeptPiece> {
        self.books.iter().find_map(|book| book.pieces().get(lease))
    }

    /// Whether all tracks are done.
    pub(in crate::cluster) fn is_made(&self) -> bool {
        self.tracks().all(|(track, book)| book.is_done(track))
    }

    /// Whether the client failed at units that wait for another attempt.
    pub(in crate::cluster) fn failed_on(&self, client: &ClientId) -> bool {
        self.books.iter().any(|book| book.returned().has_failed(client))
    }

    /// Whether the track that must come before this one is done.
    pub(in crate::cluster) fn may_begin(&self, track: &Track) -> bool {
        track.after.is_none_or(|before| self.book(before).is_done(self.film.track(before)))
    }

    /// Tracks that have something to hand out. Empty while the film waits for clients.
    pub(in crate::cluster) fn open_tracks(&self) -> impl Iterator<Item = (TrackNo, &Track)> {
        let works = self.mode != Mode::Waiting;
        let all = self.film.numbers().zip(&self.film.tracks).filter(move |_| works);
        all.filter(|(number, track)| self.book(*number).has_work() && self.may_begin(track))
    }

    /// Frames of the first track that are kept, or that running leases have encoded so far.
    pub(in crate::cluster) fn frames_encoded(&self) -> u64 {
        let mut running: BTreeMap<FrameNo, u64> = BTreeMap::new();
        for lease in self.leases.values().filter(|lease| lease.segment.track == TrackNo::FIRST) {
            let done = lease.frames_done();
            // Of two twins, the one that is further along counts.
            let start = lease.segment.units.start;
            running.entry(start).and_modify(|most| *most = done.max(*most)).or_insert(done);
        }
        self.first().1.pieces().units() + running.values().sum::<u64>()
    }

    pub(super) fn promised_bytes(&self) -> u64 {
        self.books.iter().map(TrackBook::promised_bytes).sum()
    }
}

/// Moves the units of each track from one place to another.
impl Making {
    /// Takes units that are to do. Returns false, and takes nothing, if they are not all to do.
    pub(in crate::cluster) fn take_todo(&mut self, segment: Segment) -> bool {
        self.book_mut(segment.track).take_todo(segment.units)
    }

    /// Takes the failed units that begin with this one.
    pub(super) fn take_returned(&mut self, track: TrackNo, start: FrameNo) -> Option<Returned> {
        self.book_mut(track).take_returned(start)
    }

    /// Puts a failed segment back, with its history.
    pub(super) fn give_back(&mut self, track: TrackNo, returned: Returned) {
        self.book_mut(track).give_back(returned);
    }

    /// Puts a segment back, without a history of failures.
    pub(super) fn put_back(&mut self, segment: Segment) {
        self.book_mut(segment.track).put_back(segment.units);
    }

    pub(super) fn keep(&mut self, piece: &RememberedPiece) {
        self.book_mut(piece.segment.track).keep(piece);
    }

    /// Stops keeping a piece: its units are to do again. Returns its segment.
    pub(super) fn doubt(&mut self, lease: LeaseId) -> Option<Segment> {
        let segment = self.books.iter_mut().find_map(|book| book.take_piece(lease))?;
        self.put_back(segment);
        Some(segment)
    }

    /// Gives up a track: the job goes on without it.
    /// Returns the leases of pieces that are no longer kept.
    pub(super) fn give_up(&mut self, track: TrackNo, why: String) -> Vec<LeaseId> {
        Arc::make_mut(&mut self.film).track_mut(track).given_up = Some(why);
        std::mem::take(self.book_mut(track)).pieces().leases().collect()
    }

    /// Takes the units of a lease that an earlier run of the server granted.
    /// Returns None if they are neither to do, nor returned, nor covered by one lease of the same
    /// segment.
    pub(super) fn claim(&mut self, segment: Segment) -> Option<Claimed> {
        let is_alone = |other: &Lease| other.segment == segment && other.twin.is_none();
        if let Some((first, other)) = self.leases.iter().find(|(_, other)| is_alone(other)) {
            return Some(Claimed { past: other.past.clone(), twin: Some(*first) });
        }
        let book = self.book_mut(segment.track);
        let past = match book.take_returned(segment.units.start) {
            Some(returned) if returned.units == segment.units => Some(returned.past),
            Some(other) => {
                book.give_back(other);
                return None;
            }
            None if !book.take_todo(segment.units) => return None,
            None => None,
        };
        Some(Claimed { past, twin: None })
    }

    /// From now on only clients of this kind may make the track.
    pub(super) fn keep_to(&mut self, track: TrackNo, kind: String) {
        Arc::make_mut(&mut self.film).track_mut(track).one_kind = Some(kind);
    }
}

/// The leases of the film.
impl Making {
    pub(in crate::cluster) const fn leases(&self) -> &BTreeMap<LeaseId, Lease> {
        &self.leases
    }

    pub(super) fn lease_mut(&mut self, number: LeaseId) -> Option<&mut Lease> {
        self.leases.get_mut(&number)
    }

    /// Adds a lease, and returns its load.
    pub(super) fn begin_lease(&mut self, number: LeaseId, lease: Lease) -> Load {
        let load = self.load_of(&lease);
        self.book_mut(lease.segment.track).begin_lease(number, &lease);
        self.leases.insert(number, lease);
        load
    }

    pub(super) fn end_lease(&mut self, number: LeaseId) -> Option<Lease> {
        let lease = self.leases.remove(&number)?;
        self.book_mut(lease.segment.track).end_lease(number, &lease);
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
