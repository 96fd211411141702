//! A segment that takes much longer than it should is given to an idle client too, and the first good piece wins; one
//! that was not begun is taken back for it.

use super::Cluster;
use super::effect::{Effects, Share};
use super::job::Job;
use super::lease::{Lease, Next, Phase};
use super::lose::Why;
use super::worker::Worker;
use crate::ids::{ClientId, LeaseId};
use crate::limits::SEGMENT_TARGET_MAX;
use crate::media::film::Film;
use crate::time::Millis;

/// So many times what was predicted is late.
const LATE_FACTOR: f64 = 1.5;
/// What starting an encoder and fetching its first bytes may take besides.
const STARTING: Millis = Millis::secs(5);
/// Sound is encoded at least so many times faster than it plays.
const SOUND_SPEED: f64 = 8.0;
/// An encoder that told nothing for so long will not be done soon.
const STILL: Millis = Millis::secs(10);

impl Cluster {
    /// When a share that is promised now is late: after what the client has before it, and itself.
    pub(super) fn late_at(&self, now: Millis, worker: &Worker, share: Share, film: &Film) -> Millis {
        let seconds = match share {
            Share::Sound => film.frames as f64 / film.frame_rate.as_f64().max(1.0) / SOUND_SPEED,
            Share::Picture(range) | Share::List(range) => {
                let frames = range.len() + self.frames_before(worker);
                let speed = self.roster.speed(worker, film).or_else(|| self.roster.mean_speed(film));
                speed.map_or(SEGMENT_TARGET_MAX.as_secs_f64(), |fps| frames as f64 / fps)
            }
        };
        now + STARTING + Millis((seconds * LATE_FACTOR * 1000.0) as u64)
    }

    /// Leases of pictures that this worker has, by whichever encoder of its device.
    pub(super) fn leases_on<'a>(&'a self, worker: &'a Worker) -> impl Iterator<Item = (&'a Job, &'a Lease)> {
        let leases = self.roster.get(&worker.client).into_iter().flat_map(|known| &known.leases);
        let there = |lease: &Lease| lease.worker.device() == worker.device();
        let leases = leases.filter_map(|id: &LeaseId| self.jobs.lease_of(*id));
        leases.filter(move |(_, lease)| lease.range().is_some() && there(lease))
    }

    fn frames_before(&self, worker: &Worker) -> u64 {
        self.leases_on(worker).map(|(_, lease)| lease.frames_left()).sum()
    }

    pub(super) fn on_late(&mut self, id: LeaseId) {
        self.look |= self.jobs.is_late(id);
    }

    /// Whoever found nothing else to do takes a late share besides.
    pub(super) fn help_out(&mut self, now: Millis, out: &mut Effects) {
        if self.draining {
            return;
        }
        for id in self.jobs.late() {
            let Some(helper) = self.helper_for(now, id) else { continue };
            if self.is_untouched(id) {
                self.tell_revoked(id, "another client is free for it", out);
                self.lose_lease(now, id, Why::Nobody, out);
                self.hand_out(now, out);
            } else {
                self.give_twin(now, id, &helper, out);
            }
        }
    }

    /// Its client still encodes something else: taking it back costs nothing.
    fn is_untouched(&self, id: LeaseId) -> bool {
        let Some((_, lease)) = self.jobs.lease_of(id) else { return false };
        let mut others = self
            .roster
            .leases_of(&lease.worker.client)
            .into_iter()
            .filter_map(|other| self.jobs.lease_of(other));
        lease.phase == Phase::Offered
            && others.any(|(_, other)| other.phase == Phase::Encoding && other.range().is_some())
    }

    fn helper_for(&self, now: Millis, id: LeaseId) -> Option<Worker> {
        let (of, (job, lease)) = (self.jobs.job_of(id)?, self.jobs.lease_of(id)?);
        let away = self.roster.session(&lease.worker.client).is_none();
        if away || lease.twin.is_some() || matches!(lease.phase, Phase::Checking { .. }) {
            return None;
        }
        // Both may fail, and frames are not tried more often than was said.
        let tried = lease.past.as_ref().map_or(0, |past| past.count);
        if tried + 2 > self.settings.max_retries {
            return None;
        }
        let film = job.film.as_ref()?;
        let rest = rest_secs(lease, now);
        let failed =
            |client: &ClientId| lease.past.as_ref().is_some_and(|past| past.failed_on.contains(client));
        let sooner = |worker: &Worker| match (lease.range(), self.roster.speed(worker, film)) {
            (Some(range), Some(fps)) => (range.len() as f64 / fps) < rest,
            (None, _) | (_, None) => true,
        };
        let able: Vec<Worker> = match lease.share {
            Share::Sound => {
                self.able_for_sound(now, of, film).into_iter().map(Worker::on_processors).collect()
            }
            Share::Picture(_) | Share::List(_) => {
                self.roster.workers(film, &self.able_for_job(now, of, film))
            }
        };
        let mut helpers: Vec<Worker> = able
            .into_iter()
            .filter(|one| {
                one.client != lease.worker.client
                    && !failed(&one.client)
                    && self.is_free_for(one, lease.share, now)
            })
            .filter(sooner)
            .collect();
        let speed = |worker: &Worker| self.roster.speed(worker, film).unwrap_or(0.0);
        helpers.sort_by(|a, b| speed(b).total_cmp(&speed(a)));
        helpers.into_iter().next()
    }

    fn is_free_for(&self, worker: &Worker, share: Share, now: Millis) -> bool {
        let sound = |id: &LeaseId| {
            self.jobs
                .lease_of(*id)
                .is_some_and(|(_, lease)| lease.share == Share::Sound && lease.is_encoding())
        };
        let busy = match share {
            Share::Sound => {
                self.roster.get(&worker.client).is_none_or(|known| known.leases.iter().any(sound))
            }
            Share::Picture(_) | Share::List(_) => {
                let encoding = self.leases_on(worker).filter(|(_, lease)| lease.is_encoding()).count();
                encoding >= self.roster.slots(worker, now)
            }
        };
        !busy && self.roster.may_take(&worker.client, now)
    }

    fn give_twin(&mut self, now: Millis, id: LeaseId, helper: &Worker, out: &mut Effects) {
        let Some((job, lease)) = self.jobs.lease_of(id) else { return };
        let next = Next { share: lease.share, past: lease.past.clone() };
        let film = job.film.clone().expect("leases have films");
        let Some(job) = self.jobs.job_of(id).cloned() else { return };
        let twin = self.lease(now, &job, helper, next, &film, out);
        self.jobs.pair(id, twin);
    }
}

/// How long the lease will take yet, as it looks.
fn rest_secs(lease: &Lease, now: Millis) -> f64 {
    let moves = lease.phase == Phase::Encoding && lease.fps > 0.0 && now < lease.moved_at + STILL;
    if moves { lease.frames_left() as f64 / lease.fps } else { f64::INFINITY }
}
