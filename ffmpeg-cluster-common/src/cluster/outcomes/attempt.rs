//! How a failed attempt counts against its units, and when they are tried again.

use crate::cluster::change::{Attempt, FailureHistory};
use crate::cluster::effect::Notice;
use crate::cluster::jobs::lease::{RemovedLease, Returned};
use crate::cluster::outcomes::revoke::ended;
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::fault::{Consequence, Fault};
use crate::ids::LeaseId;
use crate::time::Millis;
use crate::time::backoff;

/// The longest delay between two attempts of one client at the same units.
const RETRY_DELAY_MAX: Millis = Millis::secs(60);

/// Records the failed attempt. Returns the history of the segment's units.
pub(in crate::cluster) fn record_attempt(
    cluster: &mut Cluster,
    taken: &RemovedLease,
    fault: &Fault,
) -> FailureHistory {
    let RemovedLease { id: lease_id, job: id, lease } = taken;
    let mut past = lease.past.clone().unwrap_or_else(|| FailureHistory::of(fault));
    let track = cluster.jobs.track(id, lease.segment.track);
    let meaning = fault.code.meaning();
    let on_device = lease.worker.seat.is_some() && meaning.blame.is_on_device();
    if on_device && track.as_ref().is_some_and(|at| cluster.roster.falls_back(at.track())) {
        // Neither the units nor the client's software were at fault.
        past.on_device = true;
    } else {
        past.count += u32::from(meaning.attempt);
        past.put_down_to(&lease.worker.client);
    }
    past.fault = fault.clone();
    if meaning.then == Consequence::DoubtClient {
        past.audit_failed = lease.audited_spot();
    }
    cluster.out.notice(Notice::LeaseLost {
        job: id.clone(),
        client: cluster.roster.who(&lease.worker.client),
        lease: *lease_id,
        what: cluster.jobs.name(id, lease.segment),
        attempt: past.count,
        fault: fault.clone(),
    });
    let attempt = Some(Attempt { segment: lease.segment, past: past.clone() });
    cluster.out.record(ended(taken, attempt));
    past
}

/// Puts the units back for another attempt, or leaves them to the twin, which goes on with them.
pub(in crate::cluster) fn give_back(cluster: &mut Cluster, taken: &RemovedLease, past: FailureHistory) {
    let (id, segment) = (&taken.job, taken.lease.segment);
    if let Some(mut twin) = taken.lease.twin.and_then(|twin| cluster.jobs.lease_mut(twin)) {
        twin.inherit(past);
        return;
    }
    let not_before = cluster.now + retry_delay(cluster, taken.id, past.count);
    cluster.jobs.give_back(id, segment, Some(Returned { units: segment.units, past, not_before }));
    cluster.timers.set(not_before, Timer::Retry(id.clone(), segment));
}

/// Takes its jitter from the lease's number, so that the same history gives the same delay.
fn retry_delay(cluster: &Cluster, lease: LeaseId, count: u32) -> Millis {
    let jitter = (lease.seq as u32).wrapping_mul(2_654_435_761);
    backoff::delay(cluster.settings.retry_delay, RETRY_DELAY_MAX, count.saturating_sub(1), jitter)
}
