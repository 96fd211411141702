//! A lease ends without a piece: what happens to its units.

use crate::cluster::change::Change;
use crate::cluster::effect::{Effect, Notice};
use crate::cluster::jobs::JobTrack;
use crate::cluster::jobs::lease::RemovedLease;
use crate::cluster::jobs::stage::IndexPlan;
use crate::cluster::outcomes::attempt::{give_back, record_attempt};
use crate::cluster::outcomes::blame::blame;
use crate::cluster::outcomes::end::fail_job;
use crate::cluster::outcomes::index::index_again;
use crate::cluster::outcomes::join::join_if_made;
use crate::cluster::outcomes::revoke::{end_without_blame, revoke_track, take_lease};
use crate::cluster::outcomes::safer::safer_way;
use crate::cluster::roster::workers::{FAILURES_MAX, NARROW_FOR};
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::cluster::worker::Worker;
use crate::fault::{Blame, Consequence, Fault, FaultCode};
use crate::ids::{ClientId, LeaseId};
use crate::media::plan::film::IndexedBy;

/// Why a lease ends without a piece.
#[derive(Debug, Clone)]
pub(in crate::cluster) enum LossReason {
    /// Nobody is to blame and no attempt counts, for example because the client leaves.
    Nobody,
    Fault(Fault),
    /// The client is to blame, and the units are not.
    Lie(Fault),
}

pub(in crate::cluster) fn lose_leases_of(cluster: &mut Cluster, client: &ClientId, why: &LossReason) {
    let leases = cluster.roster.leases_of(client);
    for lease in leases {
        lose_lease(cluster, lease, why.clone());
    }
}

/// Ends the lease and decides what happens to its units.
pub(in crate::cluster) fn lose_lease(cluster: &mut Cluster, id: LeaseId, why: LossReason) {
    let Some(taken) = take_lease(cluster, id) else { return };
    cluster.out.perform(Effect::DiscardPiece { lease: id, job: taken.job.clone() });
    match why {
        LossReason::Nobody => end_without_blame(cluster, taken),
        LossReason::Fault(fault) if is_nobodys_attempt(&fault) => put_off(cluster, taken, &fault),
        LossReason::Fault(fault) => count_failure(cluster, &taken, &fault),
        LossReason::Lie(fault) => {
            let past = record_attempt(cluster, &taken, &fault);
            give_back(cluster, &taken, past);
        }
    }
}

/// Whether the fault is neither an attempt nor a lie.
/// A lie is no attempt either, but its units remember which client told it.
fn is_nobodys_attempt(fault: &Fault) -> bool {
    let meaning = fault.code.meaning();
    !meaning.attempt && meaning.blame != Blame::Liar
}

fn count_failure(cluster: &mut Cluster, taken: &RemovedLease, fault: &Fault) {
    let (id, Worker { client, seat }) = (&taken.job, &taken.lease.worker);
    let meaning = fault.code.meaning();
    let device = seat.as_ref().filter(|_| meaning.blame.is_on_device());
    let past = record_attempt(cluster, taken, fault);
    match device {
        Some(_) => fail_device(cluster, &taken.lease.worker, &fault.message),
        None => blame(cluster, taken, &past),
    }
    let Some(at) = cluster.jobs.track(id, taken.lease.segment.track) else { return };
    let hopeless = meaning.then == Consequence::GiveUp && is_confirmed(cluster, &at, taken, fault.code);
    let given_up = hopeless || past.is_given_up(&cluster.settings);
    let safer = match device {
        Some(_) => None,
        // The server may be able to list what clients can't.
        None if cluster.jobs.is_to_list(id) => {
            given_up.then_some(IndexPlan { by: IndexedBy::Decoding, one_piece: None })
        }
        None => safer_way(cluster, &at, client, fault),
    };
    if let Some(safer) = safer {
        give_back(cluster, taken, past);
        index_again(cluster, id, safer);
    } else if given_up {
        let error = format!(
            "{} failed on client {} (attempt {} of {}): {}",
            at.film.name(taken.lease.segment),
            cluster.roster.who(client).name,
            past.count,
            cluster.settings.max_retries.max(1),
            fault.with_last_words()
        );
        give_back(cluster, taken, past);
        give_up(cluster, &at, error);
    } else {
        give_back(cluster, taken, past);
    }
}

/// Whether another client has reported the same fault of these units.
/// One client alone may lie or be broken, and counts only if no other able client could contradict it.
fn is_confirmed(cluster: &Cluster, at: &JobTrack, taken: &RemovedLease, code: FaultCode) -> bool {
    let client = &taken.lease.worker.client;
    let is_other = |one: &ClientId| one != client;
    let before = taken.lease.past.as_ref().filter(|past| past.fault.code == code);
    before.is_some_and(|past| past.failed_on.iter().any(is_other))
        || !cluster.roster.crews.able_for(at.track()).any(is_other)
}

/// Gives up a track that can't be made. Its job fails, unless the track is optional.
fn give_up(cluster: &mut Cluster, track: &JobTrack, why: String) {
    let (id, number) = (&track.job, track.number);
    if track.track().required {
        let at = cluster.wall();
        return fail_job(cluster, id, why, at);
    }
    revoke_track(cluster, track, &why);
    let old = cluster.jobs.give_up(id, number, why.clone());
    cluster.out.effects.extend(old.into_iter().map(|lease| Effect::DiscardPiece { lease, job: id.clone() }));
    cluster.out.record(Change::TrackGivenUp { job: id.clone(), track: number, why: why.clone() });
    cluster.out.notice(Notice::TrackGivenUp { job: id.clone(), track: number, why });
    join_if_made(cluster, id);
}

/// Puts the units back as they were, and spares the disk or device that caused the fault.
fn put_off(cluster: &mut Cluster, taken: RemovedLease, fault: &Fault) {
    let (worker, lost) = (taken.lease.worker.clone(), lost_without_blame(cluster, &taken, fault));
    end_without_blame(cluster, taken);
    match fault.code.meaning().then {
        Consequence::AwaitSpace => spare_disk(cluster, worker.client),
        Consequence::SpareDevice if worker.seat.is_some() => spare_device(cluster, &worker),
        _ => {}
    }
    cluster.out.notice(lost);
}

/// Gives the client no work until it reports enough disk space.
fn spare_disk(cluster: &mut Cluster, client: ClientId) {
    if let Some(until) = cluster.roster.pause_disk(&client, cluster.now) {
        cluster.timers.set(until, Timer::Back(client));
    }
}

fn spare_device(cluster: &mut Cluster, worker: &Worker) {
    cluster.roster.narrow_device(cluster.now, worker);
    cluster.timers.set(cluster.now + NARROW_FOR, Timer::Back(worker.client.clone()));
    fail_device(cluster, worker, "it is busy");
}

/// Counts a failure of the device. If that pauses it, announces the pause.
fn fail_device(cluster: &mut Cluster, worker: &Worker, why: &str) {
    let Some(until) = cluster.roster.count_device_failure(cluster.now, worker) else { return };
    cluster.timers.set(until, Timer::Back(worker.client.clone()));
    let client = cluster.roster.who(&worker.client);
    let device = worker.device().unwrap_or_default().to_owned();
    let rest = (until - cluster.now).as_secs_f64();
    let why = format!("{why}, {FAILURES_MAX} times in a row; it rests for {rest:.0} s");
    cluster.out.notice(Notice::DeviceSpared { client, device, why });
}

/// The notice of a lost lease that counts as no attempt.
fn lost_without_blame(cluster: &Cluster, taken: &RemovedLease, fault: &Fault) -> Notice {
    let RemovedLease { id: lease_id, job: id, lease } = taken;
    Notice::LeaseLost {
        job: id.clone(),
        client: cluster.roster.who(&lease.worker.client),
        lease: *lease_id,
        what: cluster.jobs.name(id, lease.segment),
        attempt: 0,
        fault: fault.clone(),
    }
}
