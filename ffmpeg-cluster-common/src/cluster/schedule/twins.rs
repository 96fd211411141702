//! Gives a segment to an idle client as well, if it is late or the idle client would finish it much
//! sooner; the first good piece wins. If the first client has not begun the segment, it loses the
//! lease instead.

use std::collections::BTreeSet;

use crate::cluster::effect::Notice;
use crate::cluster::jobs::JobTrack;
use crate::cluster::jobs::lease::{Lease, Next, Phase};
use crate::cluster::jobs::making::Making;
use crate::cluster::outcomes::lose::{LossReason, lose_lease};
use crate::cluster::outcomes::revoke::tell_revoked;
use crate::cluster::schedule::able::barred;
use crate::cluster::schedule::hand_out::{Free, give_one};
use crate::cluster::schedule::promise::{Grant, leases_on, promise};
use crate::cluster::schedule::rest::rest_secs;
use crate::cluster::schedule::slots::{Slot, slots};
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::cluster::worker::Worker;
use crate::ids::{ClientId, LeaseId};
use crate::media::plan::track::{Load, Track};
use crate::time::Millis;

/// An encoder that has reported nothing for this long will not be done soon.
const STILL: Millis = Millis::secs(10);
/// The delay before the scheduler looks again for a helper for a late lease.
/// By then the lease may be later still.
pub(in crate::cluster) const LOOK_AGAIN: Millis = Millis::secs(5);
/// The most late leases that one step looks at.
const HELPED_MAX: usize = 64;
/// How many of the leases that will be done last the scheduler considers for an idle client.
const LAST_MAX: usize = 8;
/// A helper must finish this many seconds sooner. If both clients then work on the segment, it must
/// also be faster by this factor: speeds are estimates, and one of the two encodes is wasted.
const SOONER: f64 = 1.0;
const SOONER_BY_FACTOR: f64 = 1.5;

/// Gives late segments to clients that found nothing else to do.
/// Leases that have just become late are offered to all idle clients, the others to clients that
/// have just become idle.
pub(in crate::cluster) fn help_out(cluster: &mut Cluster, idle: &Free) {
    if cluster.draining {
        return;
    }
    for _ in 0..HELPED_MAX {
        let Some(id) = cluster.jobs.next_newly_late() else { break };
        help_late(cluster, id, None);
    }
    if cluster.jobs.deadlines().has_new() {
        cluster.timers.set(cluster.now, Timer::HandOut);
    }
    for load in Load::ALL.into_iter().filter(|load| !idle[*load].is_empty()) {
        let late: Vec<LeaseId> = cluster.jobs.deadlines().of(load).take(HELPED_MAX).collect();
        late.into_iter().for_each(|id| help_late(cluster, id, Some(&idle[load])));
        // Otherwise idle clients would wait for these.
        let last: Vec<LeaseId> = cluster.jobs.deadlines().last_due(load).take(LAST_MAX).collect();
        for id in last {
            if let Some(within) = worth_within(cluster, id) {
                help(cluster, id, Wanted { among: Some(&idle[load]), within, measured: true });
            }
        }
    }
}

/// Which clients may help with a lease.
struct Wanted<'a> {
    /// None means any idle client.
    among: Option<&'a BTreeSet<ClientId>>,
    /// The seconds within which a helper must be done.
    within: f64,
    /// Whether the helper's speed must be known.
    measured: bool,
}

/// The seconds within which a helper must be done to be worth its work.
/// Returns None if the lease's end is unknown.
fn worth_within(cluster: &Cluster, id: LeaseId) -> Option<f64> {
    let (at, (_, lease)) = (cluster.jobs.track_of(id)?, cluster.jobs.lease_of(id)?);
    if lease.has_begun() {
        let rest = rest_secs(cluster, at.track(), lease, cluster.now)?;
        return Some(rest / SOONER_BY_FACTOR - SOONER);
    }
    let alone = lease.segment.units.len() as f64 / cluster.roster.pace(&lease.worker, at.track())?;
    if !is_untouched(cluster, &at, id) {
        return Some(alone / SOONER_BY_FACTOR - SOONER);
    }
    let before = leases_on(cluster, &lease.worker, at.track().load).filter(|(_, other)| other.has_begun());
    let before: f64 = before.map(|(making, other)| rest_of(cluster, making, other)).sum();
    Some(before + alone - SOONER)
}

/// Infinite if nobody can tell, or the encoder makes no progress.
fn rest_of(cluster: &Cluster, making: &Making, lease: &Lease) -> f64 {
    let track = making.film.track(lease.segment.track);
    let rest = rest_secs(cluster, track, lease, cluster.now);
    rest.filter(|_| cluster.now < lease.moved_at + STILL).unwrap_or(f64::INFINITY)
}

fn help_late(cluster: &mut Cluster, id: LeaseId, among: Option<&BTreeSet<ClientId>>) {
    let Some((making, lease)) = cluster.jobs.lease_of(id) else { return };
    let within = rest_of(cluster, making, lease);
    help(cluster, id, Wanted { among, within, measured: false });
}

fn help(cluster: &mut Cluster, id: LeaseId, wanted: Wanted<'_>) {
    let may_begin = |at: &JobTrack| cluster.jobs.may_begin(at) && !cluster.jobs[&at.job].is_paused();
    let Some(at) = cluster.jobs.track_of(id).filter(may_begin) else { return };
    let Some(helper) = helper_for(cluster, &at, id, &wanted) else { return };
    if is_untouched(cluster, &at, id) {
        tell_revoked(cluster, id, "another client is free for it");
        lose_lease(cluster, id, LossReason::Nobody);
        // Straight to the helper: a busy client would only queue it behind its other leases.
        give_one(cluster, &at, &helper);
        // In the next step, the first client may take another segment, and the helper one more.
        cluster.timers.set(cluster.now, Timer::HandOut);
    } else {
        give_twin(cluster, &at, id, &helper);
    }
}

/// Whether the client has not begun the lease because all slots for it are in use,
/// so that taking it back costs nothing.
fn is_untouched(cluster: &Cluster, at: &JobTrack, id: LeaseId) -> bool {
    let Some((_, lease)) = cluster.jobs.lease_of(id) else { return false };
    let others = leases_on(cluster, &lease.worker, at.track().load);
    let begun = others.filter(|(_, other)| other.has_begun()).count();
    lease.phase == Phase::Offered && begun >= slots(cluster, &lease.worker, Slot::Of(at.track())).max(1)
}

/// The fastest worker that has nothing else to do and would be done sooner.
/// Returns None if there is none.
fn helper_for(cluster: &Cluster, at: &JobTrack, id: LeaseId, wanted: &Wanted<'_>) -> Option<Worker> {
    let (_, lease) = cluster.jobs.lease_of(id)?;
    if !may_be_helped(cluster, lease) {
        return None;
    }
    let (track, barred) = (at.track(), barred(cluster, at));
    let failed = |client: &ClientId| lease.past.as_ref().is_some_and(|past| past.failed_on.contains(client));
    let suits =
        |client: &&ClientId| **client != lease.worker.client && !failed(client) && !barred.contains(*client);
    let asked: Vec<&ClientId> = match wanted.among {
        Some(idle) => idle.iter().filter(|client| cluster.roster.crews.is_able_for(client, track)).collect(),
        None => cluster.roster.crews.idle_for(track).collect(),
    };
    let speed = |worker: &Worker| cluster.roster.speed(worker, track);
    let units = lease.segment.units.len() as f64;
    let sooner = |worker: &Worker| match speed(worker) {
        Some(fps) => units / fps < wanted.within,
        None => !wanted.measured,
    };
    let seats = |client: &ClientId| cluster.roster.crews.seats(client, track);
    let workers = asked.into_iter().filter(suits).flat_map(seats);
    let free = workers.filter(|one| is_free(cluster, one, track) && sooner(one));
    let parts = |worker: &Worker| speed(worker).unwrap_or(0.0);
    // The first in the order of identities, if several are equally fast.
    free.reduce(|best, next| if parts(&next) > parts(&best) { next } else { best })
}

fn may_be_helped(cluster: &Cluster, lease: &Lease) -> bool {
    let away = cluster.roster.session(&lease.worker.client).is_none();
    // Both twins may fail, and units must not be tried more often than the settings allow.
    let tried = lease.past.as_ref().map_or(0, |past| past.count);
    !away
        && lease.twin.is_none()
        && !matches!(lease.phase, Phase::Checking(_) | Phase::Auditing(..))
        && tried + 2 <= cluster.settings.max_retries
}

/// Whether a slot is empty. A segment that waits behind another one would not be done sooner.
fn is_free(cluster: &Cluster, worker: &Worker, track: &Track) -> bool {
    let encoding = leases_on(cluster, worker, track.load).filter(|(_, lease)| lease.is_encoding()).count();
    encoding < slots(cluster, worker, Slot::Of(track)) && cluster.roster.may_take(&worker.client)
}

fn give_twin(cluster: &mut Cluster, at: &JobTrack, id: LeaseId, helper: &Worker) {
    let Some((_, lease)) = cluster.jobs.lease_of(id) else { return };
    let next = Next { segment: lease.segment, past: lease.past.clone() };
    let twin = promise(cluster, at, Grant { worker: helper, next });
    cluster.jobs.pair(id, twin);
    cluster.out.notice(Notice::SecondTry { job: at.job.clone(), lease: twin, late: id });
}
