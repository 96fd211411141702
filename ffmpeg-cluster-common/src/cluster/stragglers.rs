//! A segment that takes much longer than it should is given to an idle client too, and the first good piece wins; one
//! that was not begun is taken back for it.

use std::collections::BTreeSet;

use super::able::{barred, can_do_sound};
use super::effect::{Effect, Effects, Notice, Share};
use super::lease::{Lease, Next, Phase};
use super::lose::{Why, lose_lease};
use super::promise::{leases_on, promise};
use super::revoke::tell_revoked;
use super::schedule::give_one;
use super::sound::is_free_for_sound;
use super::state::Cluster;
use super::timers::Timer;
use super::worker::Worker;
use crate::ids::{ClientId, LeaseId};
use crate::time::Millis;

/// An encoder that told nothing for so long will not be done soon.
const STILL: Millis = Millis::secs(10);
/// For a lease that is late a helper is looked for again after that: by then it may be later still.
const LOOK_AGAIN: Millis = Millis::secs(5);
/// So many late leases are looked at in one step.
const HELPED_MAX: usize = 64;

pub(super) fn on_late(cluster: &mut Cluster, now: Millis, id: LeaseId) {
    let Some((_, lease)) = cluster.jobs.lease_of(id) else { return };
    // Since this timer was set, the lease came further, and has another.
    if now < lease.late_at {
        return;
    }
    cluster.jobs.is_late(id);
    cluster.timers.set(now + LOOK_AGAIN, Timer::Late(id));
}

/// Whoever found nothing else to do takes a late share besides: for what became late just now all such clients are asked, for the
/// others those that became idle.
pub(super) fn help_out(cluster: &mut Cluster, now: Millis, idle: &BTreeSet<ClientId>, out: &mut Effects) {
    if cluster.draining {
        return;
    }
    for _ in 0..HELPED_MAX {
        let Some(id) = cluster.jobs.next_newly_late() else { break };
        help(cluster, now, id, None, out);
    }
    if cluster.jobs.has_newly_late() {
        cluster.timers.set(now, Timer::HandOut);
    }
    let late: Vec<LeaseId> = cluster.jobs.late().take(HELPED_MAX).collect();
    late.into_iter().filter(|_| !idle.is_empty()).for_each(|id| help(cluster, now, id, Some(idle), out));
}

fn help(
    cluster: &mut Cluster,
    now: Millis,
    id: LeaseId,
    among: Option<&BTreeSet<ClientId>>,
    out: &mut Effects,
) {
    let Some(helper) = helper_for(cluster, now, id, among) else { return };
    if is_untouched(cluster, id) {
        tell_revoked(cluster, id, "another client is free for it", out);
        let Some(job) = cluster.jobs.job_of(id).cloned() else { return };
        lose_lease(cluster, now, id, Why::Nobody, out);
        // To the helper itself: others that encode would only put it behind what they have.
        give_one(cluster, now, &job, &helper, out);
    } else {
        give_twin(cluster, now, id, &helper, out);
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

/// The fastest of those that have nothing else to do and would be done sooner.
fn helper_for(
    cluster: &Cluster,
    now: Millis,
    id: LeaseId,
    among: Option<&BTreeSet<ClientId>>,
) -> Option<Worker> {
    let (of, (job, lease)) = (cluster.jobs.job_of(id)?, cluster.jobs.lease_of(id)?);
    if !may_be_helped(cluster, lease) {
        return None;
    }
    let film = job.film.as_ref()?;
    let barred = barred(cluster, now, of, film);
    let failed = |client: &ClientId| lease.past.as_ref().is_some_and(|past| past.failed_on.contains(client));
    let suits =
        |client: &&ClientId| **client != lease.worker.client && !failed(client) && !barred.contains(*client);
    let asked: Vec<&ClientId> = match (lease.share, among) {
        (_, Some(idle)) => {
            idle.iter().filter(|client| cluster.roster.crews.is_able_for(client, film)).collect()
        }
        // Sound runs beside pictures: who encodes some is free for it.
        (Share::Sound, None) => cluster.roster.crews.able_for(film).collect(),
        (Share::Picture(_) | Share::List(_), None) => cluster.roster.crews.ready_for(film).collect(),
    };
    let seats = |client: &ClientId| match lease.share {
        Share::Sound if !can_do_sound(cluster, client, film) => Vec::new(),
        Share::Sound => vec![Worker::on_processors(client.clone())],
        Share::Picture(_) | Share::List(_) => cluster.roster.crews.seats(client, film),
    };
    let rest = rest_secs(lease, now);
    let speed = |worker: &Worker| cluster.roster.speed(worker, film);
    let sooner = |worker: &Worker| match (lease.range(), speed(worker)) {
        (Some(range), Some(fps)) => (range.len() as f64 / fps) < rest,
        (None, _) | (_, None) => true,
    };
    let workers = asked.into_iter().filter(suits).flat_map(seats);
    let free = workers.filter(|one| is_free_for(cluster, one, lease.share, now) && sooner(one));
    let parts = |worker: &Worker| speed(worker).unwrap_or(0.0);
    // Of equals the first in the order of names.
    free.reduce(|best, next| if parts(&next) > parts(&best) { next } else { best })
}

fn may_be_helped(cluster: &Cluster, lease: &Lease) -> bool {
    let away = cluster.roster.session(&lease.worker.client).is_none();
    // Both may fail, and frames are not tried more often than was said.
    let tried = lease.past.as_ref().map_or(0, |past| past.count);
    !away
        && lease.twin.is_none()
        && !matches!(lease.phase, Phase::Checking { .. })
        && tried + 2 <= cluster.settings.max_retries
}

fn is_free_for(cluster: &Cluster, worker: &Worker, share: Share, now: Millis) -> bool {
    match share {
        Share::Sound => is_free_for_sound(cluster, &worker.client, now),
        Share::Picture(_) | Share::List(_) => {
            let encoding = leases_on(cluster, worker).filter(|(_, lease)| lease.is_encoding()).count();
            encoding < cluster.roster.slots(worker, now) && cluster.roster.may_take(&worker.client, now)
        }
    }
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
