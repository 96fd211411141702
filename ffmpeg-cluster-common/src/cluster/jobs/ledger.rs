//! Totals and sets over all jobs.
//! Each change of a job updates them, so no query walks over all jobs.

use std::collections::BTreeSet;

use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::making::{Making, Mode};
use crate::cluster::jobs::marks::Marks;
use crate::cluster::jobs::stage::Stage;
use crate::cluster::load::ByLoad;
use crate::cluster::place::Place;
use crate::media::plan::track::Load;

/// What one job adds to the ledger.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::cluster) struct Line {
    /// Whether the job has segments of this load to hand out.
    open: ByLoad<bool>,
    /// The units to do of open tracks.
    units_todo: u64,
    returned: usize,
    /// Whether clients that come or go may change the job's state.
    restless: bool,
    /// Whether an open track is indivisible, so that only the fastest client gets it.
    whole: bool,
    to_index: bool,
    indexing: bool,
    waits_for_space: bool,
    promised_bytes: u64,
    /// Estimated bytes for the shortest segment of a track; the maximum over the job's tracks.
    segment_bytes: u64,
}

impl Line {
    pub(in crate::cluster) fn of(job: &Job) -> Self {
        let (mut open, mut whole, mut units_todo, mut returned) = (ByLoad::default(), false, 0, 0);
        let open_tracks = |making| Making::open_tracks(making).map(move |open| (making, open));
        for (making, (number, track)) in job.offered().into_iter().flat_map(open_tracks) {
            let book = making.book(number);
            open[track.load] = true;
            whole |= track.whole().is_some();
            units_todo += book.todo().frames();
            returned += book.returned().len();
        }
        let segment_bytes = job.tracks().map(|(track, book)| book.segment_bytes(track));
        let restless = |making: &Making| making.mode() != Mode::Working || making.leases().is_empty();
        Self {
            open,
            units_todo,
            returned,
            restless: job.under_way().is_some_and(restless),
            whole,
            to_index: matches!(job.stage(), Stage::Queued) && !job.is_paused(),
            indexing: matches!(job.stage(), Stage::Indexing(indexing) if !indexing.no_space),
            waits_for_space: job.stage().waits_for_space(),
            promised_bytes: job.making().map_or(0, Making::promised_bytes),
            segment_bytes: segment_bytes.max().unwrap_or(0),
        }
    }

    fn is_open(&self) -> bool {
        self.open.iter().any(|open| *open)
    }

    /// Whether a client that found nothing before may find something now.
    fn offers_more_than(&self, before: &Self) -> bool {
        let opens = |load| self.open[load] && !before.open[load];
        self.units_todo > before.units_todo
            || self.returned > before.returned
            || Load::ALL.into_iter().any(opens)
    }
}

#[derive(Debug, Default, PartialEq)]
pub(in crate::cluster) struct Ledger {
    /// Jobs that have segments of this load to hand out.
    pub(in crate::cluster) open: ByLoad<BTreeSet<Place>>,
    pub(super) restless: BTreeSet<Place>,
    pub(super) whole: BTreeSet<Place>,
    /// Open jobs with failed units that wait for another attempt.
    pub(super) with_returned: BTreeSet<Place>,
    pub(in crate::cluster) to_index: BTreeSet<Place>,
    pub(in crate::cluster) waits_for_space: BTreeSet<Place>,
    pub(in crate::cluster) indexing: usize,
    pub(in crate::cluster) promised_bytes: u64,
    pub(super) units_todo: u64,
    segment_bytes: BTreeSet<(u64, Place)>,
    pub(super) marks: Marks,
}

impl Ledger {
    pub(in crate::cluster) fn update(&mut self, job: Place, before: &Line, now: &Line) {
        self.marks.touched.insert(job);
        if before == now {
            return;
        }
        Load::ALL.into_iter().for_each(|load| mark(&mut self.open[load], job, now.open[load]));
        mark(&mut self.restless, job, now.restless);
        mark(&mut self.whole, job, now.whole);
        mark(&mut self.with_returned, job, now.returned > 0);
        mark(&mut self.to_index, job, now.to_index);
        mark(&mut self.waits_for_space, job, now.waits_for_space);
        self.indexing = self.indexing + usize::from(now.indexing) - usize::from(before.indexing);
        self.promised_bytes = self.promised_bytes + now.promised_bytes - before.promised_bytes;
        self.units_todo = self.units_todo + now.units_todo - before.units_todo;
        self.segment_bytes.remove(&(before.segment_bytes, job));
        mark(&mut self.segment_bytes, (now.segment_bytes, job), now.segment_bytes > 0);
        if !now.is_open() {
            self.marks.news.fresh.remove(&job);
        } else if now.offers_more_than(before) {
            self.marks.news.fresh.insert(job);
        }
    }

    pub(in crate::cluster) fn forget(&mut self, job: Place, last: &Line) {
        self.update(job, last, &Line::default());
        self.marks.touched.remove(&job);
        self.marks.restless.remove(&job);
    }

    /// Enough bytes for the shortest segment of any job.
    pub(in crate::cluster) fn segment_bytes(&self) -> u64 {
        self.segment_bytes.last().map_or(0, |(bytes, _)| *bytes)
    }

    /// The ledger, recomputed from all jobs.
    /// Copies the marks, which can't be recomputed.
    pub(super) fn of<'a>(jobs: impl Iterator<Item = &'a Job>, marks: &Marks) -> Self {
        let mut all = Self::default();
        jobs.for_each(|job| all.update(job.place(), &Line::default(), &Line::of(job)));
        Self { marks: marks.clone(), ..all }
    }
}

fn mark<T: Ord>(set: &mut BTreeSet<T>, entry: T, stands: bool) {
    if stands {
        set.insert(entry);
    } else {
        set.remove(&entry);
    }
}
