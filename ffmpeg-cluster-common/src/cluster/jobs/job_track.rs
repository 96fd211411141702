//! A track of a job, as the scheduler refers to it.

use std::sync::Arc;

use super::{Jobs, TrackBook};
use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::making::Making;
use crate::ids::JobId;
use crate::media::plan::film::Film;
use crate::media::plan::track::{Segment, Track, TrackNo};

#[derive(Debug, Clone)]
pub(in crate::cluster) struct JobTrack {
    pub(in crate::cluster) job: JobId,
    pub(in crate::cluster) number: TrackNo,
    pub(in crate::cluster) film: Arc<Film>,
}

impl JobTrack {
    pub(in crate::cluster) fn track(&self) -> &Track {
        self.film.track(self.number)
    }
}

impl Jobs {
    pub(in crate::cluster) fn track(&self, job: &JobId, number: TrackNo) -> Option<JobTrack> {
        let film = self.get(job)?.making()?.film.clone();
        film.has(number).then(|| JobTrack { job: job.clone(), number, film })
    }

    /// The segment's name, for people. Empty if the job has ended.
    pub(in crate::cluster) fn name(&self, job: &JobId, segment: Segment) -> String {
        let making = self.get(job).and_then(Job::making);
        making.map_or_else(String::new, |making| making.film.name(segment))
    }

    /// Tracks that have something to hand out.
    pub(in crate::cluster) fn open_tracks(&self, job: &JobId) -> Vec<JobTrack> {
        let making = self.get(job).and_then(Job::offered);
        let numbers = making.into_iter().flat_map(Making::open_tracks);
        numbers.filter_map(|(number, _)| self.track(job, number)).collect()
    }

    /// Whether the track that must come before this one is done.
    pub(in crate::cluster) fn may_begin(&self, at: &JobTrack) -> bool {
        self.get(&at.job).and_then(Job::making).is_some_and(|making| making.may_begin(at.track()))
    }

    pub(in crate::cluster) fn book(&self, at: &JobTrack) -> Option<&TrackBook> {
        Some(self.get(&at.job)?.making()?.book(at.number))
    }
}
