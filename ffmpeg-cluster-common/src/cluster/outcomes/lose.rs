//! A lease ends without a piece: what happens to its units.

use crate::cluster::change::Change;
use crate::cluster::effect::{Effect, Effects, Notice};
use crate::cluster::jobs::TrackAt;
use crate::cluster::jobs::lease::Taken;
use crate::cluster::jobs::stage::Way;
use crate::cluster::outcomes::attempt::{attempted, give_back};
use crate::cluster::outcomes::blame::blame;
use crate::cluster::outcomes::end::fail_job;
use crate::cluster::outcomes::index::index_again;
use crate::cluster::outcomes::join::join_if_made;
use crate::cluster::outcomes::revoke::{blameless, revoke_track, take_lease};
use crate::cluster::outcomes::safer::safer_way;
use crate::cluster::roster::workers::{FAILURES_MAX, NARROW_FOR};
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::cluster::worker::Worker;
use crate::fault::{Blame, Fault, FaultCode, Then};
use crate::ids::{ClientId, LeaseId};
use crate::media::plan::film::IndexedBy;
use crate::time::Millis;

/// Why a lease ends without a piece.
#[derive(Debug, Clone)]
pub(in crate::cluster) enum Why {
    /// Nobody is to blame and no attempt counts, for example because the client leaves.
    Nobody,
    Fault(Fault),
    /// The client is to blame, and the units are not.
    Lie(Fault),
}

pub(in crate::cluster) fn lose_leases_of(
    cluster: &mut Cluster,
    now: Millis,
    client: &ClientId,
    why: &Why,
    out: &mut Effects,
) {
    let leases = cluster.roster.leases_of(client);
    for lease in leases {
        lose_lease(cluster, now, lease, why.clone(), out);
    }
}

/// Ends the lease and decides what happens to its units.
pub(in crate::cluster) fn lose_lease(
    cluster: &mut Cluster,
    now: Millis,
    id: LeaseId,
    why: Why,
    out: &mut Effects,
) {
    let Some(taken) = take_lease(cluster, id) else { return };
    out.effects.push(Effect::DiscardPiece { lease: id, job: taken.job.clone() });
    match why {
        Why::Nobody => blameless(cluster, taken, out),
        Why::Fault(fault) if is_nobodys_attempt(&fault) => put_off(cluster, now, taken, &fault, out),
        Why::Fault(fault) => failed(cluster, now, &taken, &fault, out),
        Why::Lie(fault) => {
            let past = attempted(cluster, &taken, &fault, out);
            give_back(cluster, now, &taken, past);
        }
    }
}

/// Whether the fault is neither an attempt nor a lie.
/// A lie is no attempt either, but its units remember which client told it.
fn is_nobodys_attempt(fault: &Fault) -> bool {
    let meaning = fault.code.meaning();
    !meaning.attempt && meaning.blame != Blame::Liar
}

fn failed(cluster: &mut Cluster, now: Millis, taken: &Taken, fault: &Fault, out: &mut Effects) {
    let (id, Worker { client, seat }) = (&taken.job, &taken.lease.worker);
    let meaning = fault.code.meaning();
    let device = seat.as_ref().filter(|_| meaning.blame.is_on_device());
    let past = attempted(cluster, taken, fault, out);
    match device {
        Some(_) => device_failed(cluster, now, &taken.lease.worker, &fault.message, out),
        None => blame(cluster, now, taken, &past, out),
    }
    let Some(at) = cluster.jobs.track(id, taken.lease.segment.track) else { return };
    let hopeless = meaning.then == Then::GiveUp && is_confirmed(cluster, &at, taken, fault.code);
    let given_up = hopeless || past.is_given_up(&cluster.settings);
    let safer = match device {
        Some(_) => None,
        // What clients can't list, the server may be able to.
        None if cluster.jobs.is_to_list(id) => {
            given_up.then_some(Way { by: IndexedBy::Decoding, one_piece: None })
        }
        None => safer_way(cluster, &at, client, fault),
    };
    if let Some(safer) = safer {
        give_back(cluster, now, taken, past);
        index_again(cluster, id, safer, out);
    } else if given_up {
        let error = format!(
            "{} failed on client {} (attempt {} of {}): {}",
            at.film.name(taken.lease.segment),
            cluster.roster.name_of(client),
            past.count,
            cluster.settings.max_retries.max(1),
            fault.with_last_words()
        );
        give_back(cluster, now, taken, past);
        give_up(cluster, &at, error, out);
    } else {
        give_back(cluster, now, taken, past);
    }
}

/// Whether another client said the same of these units before.
/// One client alone may lie or be broken, unless no other able client could contradict it.
fn is_confirmed(cluster: &Cluster, at: &TrackAt, taken: &Taken, code: FaultCode) -> bool {
    let client = &taken.lease.worker.client;
    let is_other = |one: &ClientId| one != client;
    let before = taken.lease.past.as_ref().filter(|past| past.fault.code == code);
    before.is_some_and(|past| past.failed_on.iter().any(is_other))
        || !cluster.roster.crews.able_for(at.track()).any(is_other)
}

/// A track can't be made. Its job fails, unless the track is optional.
fn give_up(cluster: &mut Cluster, track: &TrackAt, why: String, out: &mut Effects) {
    let (id, number) = (&track.job, track.number);
    if track.track().required {
        let at = cluster.wall(cluster.now);
        return fail_job(cluster, id, why, at, out);
    }
    revoke_track(cluster, track, &why, out);
    let old = cluster.jobs.give_up(id, number, why.clone());
    out.effects.extend(old.into_iter().map(|lease| Effect::DiscardPiece { lease, job: id.clone() }));
    out.changes.push(Change::TrackGivenUp { job: id.clone(), track: number, why: why.clone() });
    out.effects.push(Effect::Notice(Notice::TrackGivenUp { job: id.clone(), track: number, why }));
    join_if_made(cluster, id, out);
}

/// Returns the units as they were, and spares the disk or device that was in the way.
fn put_off(cluster: &mut Cluster, now: Millis, taken: Taken, fault: &Fault, out: &mut Effects) {
    let (worker, lost) = (taken.lease.worker.clone(), lost_without_blame(cluster, &taken, fault));
    blameless(cluster, taken, out);
    match fault.code.meaning().then {
        Then::AwaitSpace => no_space_there(cluster, now, worker.client),
        Then::SpareDevice if worker.seat.is_some() => busy_there(cluster, now, &worker, out),
        _ => {}
    }
    out.effects.push(lost);
}

/// Gives the client no work until it reports enough disk space.
fn no_space_there(cluster: &mut Cluster, now: Millis, client: ClientId) {
    if let Some(until) = cluster.roster.disk_was_full(&client, now) {
        cluster.timers.set(until, Timer::Back(client));
    }
}

fn busy_there(cluster: &mut Cluster, now: Millis, worker: &Worker, out: &mut Effects) {
    cluster.roster.device_busy(now, worker);
    cluster.timers.set(now + NARROW_FOR, Timer::Back(worker.client.clone()));
    device_failed(cluster, now, worker, "it is busy", out);
}

/// Counts a failure of the device. If that pauses it, announces the pause.
fn device_failed(cluster: &mut Cluster, now: Millis, worker: &Worker, why: &str, out: &mut Effects) {
    let Some(until) = cluster.roster.device_failed(now, worker) else { return };
    cluster.timers.set(until, Timer::Back(worker.client.clone()));
    let (client, name) = (worker.client.clone(), cluster.roster.name_of(&worker.client));
    let device = worker.device().unwrap_or_default().to_owned();
    let rest = (until - now).as_secs_f64();
    let why = format!("{why}, {FAILURES_MAX} times in a row; it rests for {rest:.0} s");
    out.effects.push(Effect::Notice(Notice::DeviceSpared { client, name, device, why }));
}

/// The notice of a lost lease that counts as no attempt.
fn lost_without_blame(cluster: &Cluster, taken: &Taken, fault: &Fault) -> Effect {
    let Taken { id: lease_id, job: id, lease } = taken;
    Effect::Notice(Notice::LeaseLost {
        job: id.clone(),
        client: lease.worker.client.clone(),
        name: cluster.roster.name_of(&lease.worker.client),
        lease: *lease_id,
        what: cluster.jobs.name(id, lease.segment),
        attempt: 0,
        fault: fault.clone(),
    })
}
