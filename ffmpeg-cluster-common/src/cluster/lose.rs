//! A lease ends without a piece: what becomes of its frames.

use super::aside::blame;
use super::attempt::{attempted, return_share};
use super::effect::{Effect, Effects, Notice};
use super::end::fail_job;
use super::index::index_again;
use super::job::Way;
use super::lease::Taken;
use super::revoke::{blameless, take_lease};
use super::roster::workers::{NARROW_FOR, TROUBLES_MAX, is_of_device};
use super::safer::safer_way;
use super::state::Cluster;
use super::timers::Timer;
use super::worker::Worker;
use crate::fault::{Fault, FaultCode, Remedy, remedy};
use crate::ids::{ClientId, LeaseId};
use crate::media::plan::film::IndexedBy;
use crate::time::Millis;

/// A client whose disk was full is asked again after that, if it then says that it has room.
const FULL_PAUSE: Millis = Millis::secs(10);

/// Why a lease ends.
#[derive(Debug, Clone)]
pub(super) enum Why {
    /// The client leaves or is sent away: no attempt was made.
    Nobody,
    Fault(Fault),
    /// The client is to blame, and its frames are not.
    Lie(Fault),
}

pub(super) fn lose_leases_of(
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

/// Takes the lease off all books and decides about its frames.
pub(super) fn lose_lease(cluster: &mut Cluster, now: Millis, id: LeaseId, why: Why, out: &mut Effects) {
    let Some(taken) = take_lease(cluster, id) else { return };
    out.effects.push(Effect::DiscardPiece { lease: id, job: taken.job.clone() });
    match why {
        Why::Nobody => blameless(cluster, taken, out),
        Why::Fault(fault) if fault.code == FaultCode::DiskFull => {
            no_space_there(cluster, now, taken, &fault, out)
        }
        Why::Fault(fault) if fault.code == FaultCode::DeviceBusy => {
            busy_there(cluster, now, taken, &fault, out)
        }
        Why::Fault(fault) => failed(cluster, now, &taken, &fault, out),
        Why::Lie(fault) => {
            let past = attempted(cluster, &taken, &fault, out);
            return_share(cluster, now, &taken, past);
        }
    }
}

fn failed(cluster: &mut Cluster, now: Millis, taken: &Taken, fault: &Fault, out: &mut Effects) {
    let (id, Worker { client, seat }) = (&taken.job, &taken.lease.worker);
    let device = seat.as_ref().filter(|_| is_of_device(fault.code));
    let past = attempted(cluster, taken, fault, out);
    match device {
        Some(_) => device_failed(cluster, now, &taken.lease.worker, &fault.message, out),
        None => blame(cluster, now, taken, &past, out),
    }
    let given_up = remedy(fault.code) == Remedy::GiveUp || past.is_given_up(&cluster.settings);
    let safer = match device {
        Some(_) => None,
        // What clients can't list, the server may.
        None if cluster.jobs.is_to_list(id) => {
            given_up.then_some(Way { by: IndexedBy::Decoding, one_piece: None })
        }
        None => safer_way(cluster, id, client, fault),
    };
    if let Some(safer) = safer {
        return_share(cluster, now, taken, past);
        index_again(cluster, id, safer, out);
    } else if given_up {
        let error = format!(
            "{} failed on client {} (attempt {} of {}): {}",
            taken.lease.share,
            cluster.roster.name_of(client),
            past.count,
            cluster.settings.max_retries.max(1),
            fault.with_last_words()
        );
        return_share(cluster, now, taken, past);
        let at = cluster.wall(now);
        fail_job(cluster, id, error, at, out);
    } else {
        return_share(cluster, now, taken, past);
    }
}

/// The client's disk is full: nobody's attempt. It gets no work until it says that there is room.
fn no_space_there(cluster: &mut Cluster, now: Millis, taken: Taken, fault: &Fault, out: &mut Effects) {
    let (client, lost) = (taken.lease.worker.client.clone(), lost_without_blame(cluster, &taken, fault));
    blameless(cluster, taken, out);
    cluster.roster.disk_was_full(&client, now + FULL_PAUSE);
    cluster.timers.set(now + FULL_PAUSE, Timer::Ready(client));
    out.effects.push(lost);
}

/// The device could not be opened just now: nobody's attempt, and nobody's fault.
fn busy_there(cluster: &mut Cluster, now: Millis, taken: Taken, fault: &Fault, out: &mut Effects) {
    let worker = taken.lease.worker.clone();
    let lost = lost_without_blame(cluster, &taken, fault);
    blameless(cluster, taken, out);
    if worker.seat.is_some() {
        cluster.roster.device_busy(now, &worker);
        cluster.timers.set(now + NARROW_FOR, Timer::Ready(worker.client.clone()));
        device_failed(cluster, now, &worker, "it is busy", out);
    }
    out.effects.push(lost);
}

/// A device that fails again and again rests, and somebody is told.
fn device_failed(cluster: &mut Cluster, now: Millis, worker: &Worker, why: &str, out: &mut Effects) {
    let Some(rest) = cluster.roster.device_failed(now, worker) else { return };
    cluster.timers.set(now + rest, Timer::Ready(worker.client.clone()));
    let (client, name) = (worker.client.clone(), cluster.roster.name_of(&worker.client));
    let device = worker.device().unwrap_or_default().to_owned();
    let why = format!("{why}, {TROUBLES_MAX} times in a row; it rests for {:.0} s", rest.as_secs_f64());
    out.effects.push(Effect::Notice(Notice::DeviceSpared { client, name, device, why }));
}

/// No attempt is counted.
fn lost_without_blame(cluster: &Cluster, taken: &Taken, fault: &Fault) -> Effect {
    let Taken { id: lease_id, job: id, lease } = taken;
    Effect::Notice(Notice::LeaseLost {
        job: id.clone(),
        client: lease.worker.client.clone(),
        name: cluster.roster.name_of(&lease.worker.client),
        lease: *lease_id,
        share: lease.share,
        attempt: 0,
        fault: fault.clone(),
    })
}
