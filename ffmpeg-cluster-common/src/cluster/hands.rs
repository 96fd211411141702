//! What the server does itself for a job: indexing, joining, proving. Where the server dies of it, it must not die of it at
//! every start.
//!
//! Before such work begins it is written down how many crashes there will have been if the server dies now; when it ends, or
//! the server stops in good order, that it did not.

use super::Cluster;
use super::change::Change;
use super::effect::{Effect, Effects};
use super::job::Job;
use super::settings::Settings;
use crate::ids::JobId;
use crate::protocol::command::JobState;
use crate::time::WallMillis;

/// Crashes of the server that came while it worked on a job itself, since such work last ended well.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Crashes {
    pub(super) seen: u32,
    /// As the record has it.
    pub(super) told: u32,
}

impl Cluster {
    /// The server begins to work on it.
    pub(super) fn take_in_hand(&mut self, id: &JobId, out: &mut Effects) {
        if self.draining {
            return;
        }
        self.tell_crashes(id, |seen| seen.saturating_add(1), out);
    }

    /// The server is done with it, for now.
    pub(super) fn let_go(&mut self, id: &JobId, out: &mut Effects) {
        let Some(job) = self.jobs.get_mut(id).filter(|job| !job.is_in_hand()) else { return };
        job.crashes.seen = 0;
        self.tell_crashes(id, |seen| seen, out);
    }

    /// A stop in good order is no crash.
    pub(super) fn on_drain(&mut self, out: &mut Effects) {
        self.draining = true;
        let all: Vec<JobId> = self.jobs.iter().map(|(id, _)| id.clone()).collect();
        all.iter().for_each(|id| self.tell_crashes(id, |seen| seen, out));
        out.effects.push(Effect::SayDraining);
    }

    /// Those at which the server died again and again end here.
    pub(super) fn fail_deadly(&mut self, at: WallMillis, out: &mut Effects) {
        let deadly: Vec<JobId> = self
            .jobs
            .iter()
            .filter(|(_, job)| job.is_deadly(&self.settings))
            .map(|(id, _)| id.clone())
            .collect();
        for id in deadly {
            let times = self.jobs[&id].crashes.seen;
            let error = format!(
                "the server died {times} times while it worked on this film itself, listing its frames or joining and \
                 proving its result, and does not try once more; if something else stopped the server, hand the film in again"
            );
            self.fail_job(&id, error, at, out);
        }
    }

    fn tell_crashes(&mut self, id: &JobId, told: impl Fn(u32) -> u32, out: &mut Effects) {
        let Some(job) = self.jobs.get_mut(id) else { return };
        let crashes = told(job.crashes.seen);
        if std::mem::replace(&mut job.crashes.told, crashes) != crashes {
            out.changes.push(Change::CrashesTold { job: id.clone(), crashes });
        }
    }
}

impl Job {
    /// The server died of it as often as it may.
    pub(super) fn is_deadly(&self, settings: &Settings) -> bool {
        self.crashes.seen >= settings.crashes_max.max(1)
    }

    fn is_in_hand(&self) -> bool {
        let joins = self.state == JobState::Combining && !self.no_room;
        let indexes = self.indexing.is_some() && !self.no_room;
        indexes || joins || self.joins_void > 0
    }
}
