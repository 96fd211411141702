//! What holds of a job's tracks: their units are made once each, where they may be cut, one after
//! the other where that was said; and a job goes on without a track that it does not need.

use ffmpeg_cluster_common::cluster::change::Change;
use ffmpeg_cluster_common::frames::FrameRange;
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::media::plan::film::Film;
use ffmpeg_cluster_common::media::plan::track::{Cuts, Segment, Track, TrackNo};

use super::Oracle;
use super::commit::Commit;
use crate::record::Kept;

impl Commit<'_> {
    /// As of this change.
    pub(super) fn film(&self, number: usize, job: &JobId) -> Option<&Film> {
        let told = self.changes[..number].iter().rev().find_map(|change| match change {
            Change::FilmKnown { job: of, film } if of == job => Some(&**film),
            _ => None,
        });
        told.or_else(|| self.disk.record.jobs.get(job)?.known.film.as_ref())
    }

    pub(super) fn track(&self, number: usize, job: &JobId, track: TrackNo) -> &Track {
        self.film(number, job).expect("leases have films").track(track)
    }

    /// It is given up in this commit.
    pub(super) fn goes_without(&self, job: &JobId, track: TrackNo) -> bool {
        self.changes.iter().any(|change| gives_up(change, job, track))
    }

    /// It was given up before this change.
    fn is_given_up(&self, number: usize, job: &JobId, track: TrackNo) -> bool {
        let new = self.since_indexed(number, job).0.iter().any(|change| gives_up(change, job, track));
        new || self.track(number, job, track).given_up.is_some()
    }

    /// Units of a track whose pieces are kept before this change.
    fn kept_of(&self, number: usize, job: &JobId, track: TrackNo) -> u64 {
        let (changes, _) = self.since_indexed(number, job);
        let before = self.before(number, job).into_iter().flat_map(|kept| &kept.known.pieces);
        let new = changes.iter().filter_map(|change| match change {
            Change::PieceKept { job: of, piece } if of == job => Some(&**piece),
            _ => None,
        });
        let gone = |lease| {
            changes.iter().any(|change| {
                matches!(change, Change::PieceDoubted { job: of, lease: one } if of == job && *one == lease)
            })
        };
        let pieces = before.chain(new).filter(|piece| piece.segment.track == track && !gone(piece.lease));
        pieces.map(|piece| piece.segment.units.len()).sum()
    }

    /// In its turn, and cut where it may be.
    pub(super) fn may_be_leased(&self, number: usize, job: &JobId, Segment { track: no, units }: Segment) {
        let track = self.track(number, job, no);
        assert!(!self.is_given_up(number, job, no), "job {job} goes on with a track that was given up");
        if let Some(first) = track.after {
            let made = self.kept_of(number, job, first) == self.track(number, job, first).units;
            let done = made || self.is_given_up(number, job, first);
            assert!(done, "units {units} of job {job} are leased before the track that they come after");
        }
        let fits = |at: u64| match &track.cuts {
            Cuts::Near(_) => true,
            Cuts::Only(cuts) => at == 0 || at == track.units || cuts.contains(&at),
            Cuts::Never(_) => at == 0 || at == track.units,
        };
        assert!(
            fits(units.start) && fits(units.end),
            "units {units} of job {job} are cut where they must not"
        );
    }
}

fn gives_up(change: &Change, job: &JobId, track: TrackNo) -> bool {
    matches!(change, Change::TrackGivenUp { job: of, track: one, .. } if of == job && *one == track)
}

impl Oracle {
    /// A job goes on without what it does not need, once it was tried as often as anything.
    /// Its pieces may be forgotten.
    pub(super) fn gives_up(&mut self, commit: &Commit<'_>, number: usize, (job, track): (&JobId, TrackNo)) {
        assert!(
            !commit.track(number, job, track).required,
            "job {job} goes on without a track that it needs"
        );
        let last = commit.changes[..number].iter().rev().find_map(|change| match change {
            Change::LeaseEnded { job: of, attempt: Some(attempt), .. } if of == job => Some(attempt),
            _ => None,
        });
        let attempt = last.filter(|attempt| attempt.segment.track == track);
        let attempt = attempt.unwrap_or_else(|| panic!("job {job} gives up a track that did not fail"));
        let (count, most) = (attempt.past.count, commit.max_retries);
        let hopeless = self.is_hopeless(commit, job, &attempt.past);
        assert!(hopeless, "job {job} gives a track up after {count} attempts of {most}");
        self.acknowledged.retain(|_, (_, of, segment)| of != job || segment.track != track);
        let kept = commit.changes[..number].iter().filter_map(|change| match change {
            Change::PieceKept { job: of, piece } if of == job => Some(&**piece),
            _ => None,
        });
        self.doubted.extend(kept.filter(|piece| piece.segment.track == track).map(|piece| piece.lease));
    }
}

/// Every unit of every track exactly once; of tracks that were given up, none.
pub(super) fn tiles(job: &Kept, id: &JobId) {
    let film = job.known.film.as_ref().unwrap_or_else(|| panic!("job {id} is joined without a film"));
    for (number, track) in film.numbers().zip(&film.tracks) {
        let pieces = job.known.pieces.iter().filter(|piece| piece.segment.track == number);
        let mut ranges: Vec<FrameRange> = pieces.map(|piece| piece.segment.units).collect();
        ranges.sort();
        let mut next = 0;
        for range in ranges {
            assert_eq!(range.start, next, "job {id}: frames are missing or doubled before {range}");
            next = range.end;
        }
        let wanted = if track.given_up.is_some() { 0 } else { track.units };
        assert_eq!(next, wanted, "job {id}: {} are not all there", film.all_of(track));
    }
}
