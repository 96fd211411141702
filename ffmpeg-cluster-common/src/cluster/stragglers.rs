//! A segment that takes much longer than it should is given to an idle client too, and the first good piece wins; one
//! that was not begun is taken back for it.

use super::able::{able_for_job, able_for_sound};
use super::effect::{Effect, Effects, Notice, Share};
use super::lease::{Lease, Next, Phase};
use super::lose::{Why, lose_lease};
use super::promise::{leases_on, promise};
use super::revoke::tell_revoked;
use super::schedule::hand_out;
use super::state::Cluster;
use super::worker::Worker;
use crate::ids::{ClientId, LeaseId};
use crate::time::Millis;

/// An encoder that told nothing for so long will not be done soon.
const STILL: Millis = Millis::secs(10);

pub(super) fn on_late(cluster: &mut Cluster, id: LeaseId) {
    cluster.look |= cluster.jobs.is_late(id);
}

/// Whoever found nothing else to do takes a late share besides.
pub(super) fn help_out(cluster: &mut Cluster, now: Millis, out: &mut Effects) {
    if cluster.draining {
        return;
    }
    for id in cluster.jobs.late() {
        let Some(helper) = helper_for(cluster, now, id) else { continue };
        if is_untouched(cluster, id) {
            tell_revoked(cluster, id, "another client is free for it", out);
            lose_lease(cluster, now, id, Why::Nobody, out);
            hand_out(cluster, now, out);
        } else {
            give_twin(cluster, now, id, &helper, out);
        }
    }
}

/// Its client still encodes something else: taking it back costs nothing.
fn is_untouched(cluster: &Cluster, id: LeaseId) -> bool {
    let Some((_, lease)) = cluster.jobs.lease_of(id) else { return false };
    let mut others = cluster
        .roster
        .leases_of(&lease.worker.client)
        .into_iter()
        .filter_map(|other| cluster.jobs.lease_of(other));
    lease.phase == Phase::Offered
        && others.any(|(_, other)| other.phase == Phase::Encoding && other.range().is_some())
}

fn helper_for(cluster: &Cluster, now: Millis, id: LeaseId) -> Option<Worker> {
    let (of, (job, lease)) = (cluster.jobs.job_of(id)?, cluster.jobs.lease_of(id)?);
    let away = cluster.roster.session(&lease.worker.client).is_none();
    if away || lease.twin.is_some() || matches!(lease.phase, Phase::Checking { .. }) {
        return None;
    }
    // Both may fail, and frames are not tried more often than was said.
    let tried = lease.past.as_ref().map_or(0, |past| past.count);
    if tried + 2 > cluster.settings.max_retries {
        return None;
    }
    let film = job.film.as_ref()?;
    let rest = rest_secs(lease, now);
    let failed = |client: &ClientId| lease.past.as_ref().is_some_and(|past| past.failed_on.contains(client));
    let sooner = |worker: &Worker| match (lease.range(), cluster.roster.speed(worker, film)) {
        (Some(range), Some(fps)) => (range.len() as f64 / fps) < rest,
        (None, _) | (_, None) => true,
    };
    let able: Vec<Worker> = match lease.share {
        Share::Sound => {
            able_for_sound(cluster, now, of, film).into_iter().map(Worker::on_processors).collect()
        }
        Share::Picture(_) | Share::List(_) => {
            cluster.roster.workers(film, &able_for_job(cluster, now, of, film))
        }
    };
    let mut helpers: Vec<Worker> = able
        .into_iter()
        .filter(|one| {
            one.client != lease.worker.client
                && !failed(&one.client)
                && is_free_for(cluster, one, lease.share, now)
        })
        .filter(sooner)
        .collect();
    let speed = |worker: &Worker| cluster.roster.speed(worker, film).unwrap_or(0.0);
    helpers.sort_by(|a, b| speed(b).total_cmp(&speed(a)));
    helpers.into_iter().next()
}

fn is_free_for(cluster: &Cluster, worker: &Worker, share: Share, now: Millis) -> bool {
    let sound = |id: &LeaseId| {
        cluster
            .jobs
            .lease_of(*id)
            .is_some_and(|(_, lease)| lease.share == Share::Sound && lease.is_encoding())
    };
    let busy = match share {
        Share::Sound => cluster.roster.get(&worker.client).is_none_or(|known| known.leases.iter().any(sound)),
        Share::Picture(_) | Share::List(_) => {
            let encoding = leases_on(cluster, worker).filter(|(_, lease)| lease.is_encoding()).count();
            encoding >= cluster.roster.slots(worker, now)
        }
    };
    !busy && cluster.roster.may_take(&worker.client, now)
}

fn give_twin(cluster: &mut Cluster, now: Millis, id: LeaseId, helper: &Worker, out: &mut Effects) {
    let Some((job, lease)) = cluster.jobs.lease_of(id) else { return };
    let next = Next { share: lease.share, past: lease.past.clone() };
    let film = job.film.clone().expect("leases have films");
    let Some(job) = cluster.jobs.job_of(id).cloned() else { return };
    let twin = promise(cluster, now, &job, helper, next, &film, out);
    cluster.jobs.pair(id, twin);
    out.effects.push(Effect::Notice(Notice::SecondTry { job, lease: twin, late: id }));
}

/// How long the lease will take yet, as it looks.
fn rest_secs(lease: &Lease, now: Millis) -> f64 {
    let moves = lease.phase == Phase::Encoding && lease.fps > 0.0 && now < lease.moved_at + STILL;
    if moves { lease.frames_left() as f64 / lease.fps } else { f64::INFINITY }
}
