//! Counts what the driver commits.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::cluster::Published;
use ffmpeg_cluster_common::cluster::change::{Change, Memory, RememberedPiece};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::media::plan::film::Film;
use ffmpeg_cluster_common::media::plan::track::Content;
use ffmpeg_cluster_common::time::WallMillis;

use super::counts::Counts;
use super::names;
use crate::store::catalog::Told;

/// What the counting must know of open jobs.
#[derive(Debug)]
pub(crate) struct Heard {
    counts: Counts,
    open: BTreeMap<JobId, Open>,
}

#[derive(Debug)]
struct Open {
    submitted: WallMillis,
    /// A client has worked on it.
    is_begun: bool,
    /// That its user named.
    encoder: String,
    film: Option<Seen>,
}

/// What counts of a film.
#[derive(Debug)]
struct Seen {
    rate: f64,
    contents: Vec<Content>,
}

impl Seen {
    fn of(film: &Film) -> Self {
        let contents = film.tracks.iter().map(|track| track.content).collect();
        Self { rate: film.frame_rate.as_f64(), contents }
    }
}

impl Heard {
    pub(crate) fn new(counts: Counts, memory: &Memory) -> Self {
        let mut heard = Self { counts, open: BTreeMap::new() };
        for job in &memory.jobs {
            let film = job.film.as_ref().map(Seen::of);
            let is_begun = !job.leases.is_empty() || !job.pieces.is_empty();
            let encoder = job.spec.profile.video.encoder.clone();
            heard.begin(&job.job, Open { submitted: job.created_at, is_begun, encoder, film });
        }
        heard
    }

    fn begin(&mut self, job: &JobId, open: Open) {
        self.counts.opened(job, open.submitted);
        self.open.insert(job.clone(), open);
    }

    /// Hears of changes before they are committed: if the commit fails, the process ends.
    pub(crate) fn hear(&mut self, changes: &[Change], published: &[Published], told: &Told) {
        published.iter().for_each(|told| self.publish(told));
        changes.iter().for_each(|change| self.change(change, told.at));
        for (_, span) in told.server.iter().filter(|(_, span)| span.what == "join") {
            self.counts.observe(&names::JOIN_TIME, Vec::new(), seconds(span.began_ms, span.ended_ms));
        }
    }

    fn publish(&self, told: &Published) {
        match told.kind.split_once('.') {
            Some(("segment", outcome @ ("kept" | "lost" | "returned" | "doubted"))) => {
                self.counts.add(&names::SEGMENTS, vec![outcome.into()], 1);
            }
            Some(("job", outcome @ ("completed" | "failed" | "cancelled"))) => {
                self.counts.add(&names::JOBS_ENDED, vec![outcome.into()], 1);
            }
            _ => {}
        }
        if let Some(code) = told.data["code"].as_str().filter(|_| told.kind == "segment.lost") {
            self.counts.add(&names::SEGMENT_FAILURES, vec![code.to_owned().into()], 1);
        }
    }

    fn change(&mut self, change: &Change, now: WallMillis) {
        match change {
            Change::JobAdded { job, spec, at } => {
                let encoder = spec.profile.video.encoder.clone();
                self.begin(job, Open { submitted: *at, is_begun: false, encoder, film: None });
            }
            Change::FilmKnown { job, film } => {
                if let Some(open) = self.open.get_mut(job) {
                    open.film = Some(Seen::of(film));
                }
            }
            Change::Leased { job, .. } => self.leased(job, now),
            Change::PieceKept { job, piece } => self.kept(job, piece),
            Change::JobEnded { job, at, report, .. } => {
                self.counts.closed(job);
                let (Some(open), Some(report)) = (self.open.remove(job), report) else { return };
                self.counts.observe(&names::JOB_TIME, Vec::new(), seconds(open.submitted.0, at.0));
                if let Some(film) = open.film.filter(|film| film.rate > 0.0) {
                    self.counts.observe(&names::JOB_RATIO, Vec::new(), report.fps / film.rate);
                }
            }
            _ => {}
        }
    }

    fn leased(&mut self, job: &JobId, now: WallMillis) {
        let Some(open) = self.open.get_mut(job).filter(|open| !open.is_begun) else { return };
        open.is_begun = true;
        self.counts.observe(&names::QUEUE_WAIT, Vec::new(), seconds(open.submitted.0, now.0));
    }

    fn kept(&self, job: &JobId, kept: &RememberedPiece) {
        let took = seconds(0, kept.encode_ms);
        self.counts.observe(&names::SEGMENT_ENCODE, Vec::new(), took);
        let Some(open) = self.open.get(job) else { return };
        let content =
            open.film.as_ref().and_then(|film| film.contents.get(usize::from(kept.segment.track.0)));
        if content == Some(&Content::Picture) {
            let facts = &kept.piece.facts;
            let encoder = facts.encoder.clone().unwrap_or_else(|| open.encoder.clone());
            self.counts.add(&names::FRAMES_KEPT, vec![encoder.into()], facts.frames);
        }
    }
}

fn seconds(from_ms: u64, to_ms: u64) -> f64 {
    to_ms.saturating_sub(from_ms) as f64 / 1000.0
}
