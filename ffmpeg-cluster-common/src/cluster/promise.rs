//! A share is promised to a client: on the books, in the record, and told.

use super::change::Change;
use super::effect::{Effect, Effects, Notice, Share};
use super::job::Job;
use super::lease::{Lease, Next};
use super::starts::decoded_twice;
use super::state::Cluster;
use super::timers::Timer;
use super::worker::Worker;
use crate::ids::{JobId, LeaseId};
use crate::limits::SEGMENT_TARGET_MAX;
use crate::media::plan::film::Film;
use crate::time::Millis;

/// So many times what was predicted is late.
const LATE_FACTOR: f64 = 1.5;
/// What starting an encoder and fetching its first bytes may take besides.
const STARTING: Millis = Millis::secs(5);
/// Sound is encoded at least so many times faster than it plays.
const SOUND_SPEED: f64 = 8.0;

pub(super) fn promise(
    cluster: &mut Cluster,
    now: Millis,
    id: &JobId,
    worker: &Worker,
    next: Next,
    film: &Film,
    out: &mut Effects,
) -> LeaseId {
    let share = next.share;
    let first = leases_on(cluster, worker).next().is_none();
    let measure = share != Share::Sound && first && cluster.roster.speed(worker, film).is_none();
    let late_at = late_at(cluster, now, worker, share, film);
    let session = cluster.roster.session(&worker.client).expect("able clients are connected");
    let (lead, twice) = (cluster.jobs[id].lead, decoded_twice(id, &cluster.jobs[id], share));
    let lease = Lease { measure, lead, late_at, ..Lease::new(next, worker.clone(), now) };
    let lease = cluster.jobs.promise(id, lease);
    cluster.roster.hold(&worker.client, lease);
    cluster.timers.set(late_at, Timer::Late(lease));
    let (job, Worker { client, seat }) = (id.clone(), worker.clone());
    out.changes.push(Change::Leased {
        job: job.clone(),
        lease,
        share: share.range(),
        client: client.clone(),
        seat: seat.clone(),
    });
    let notice = notice(cluster, id, lease);
    out.effects.push(Effect::Offer { client, session, lease, job, share, measure, seat, lead, twice });
    out.effects.push(Effect::Notice(notice));
    lease
}

fn notice(cluster: &Cluster, id: &JobId, number: LeaseId) -> Notice {
    let lease = &cluster.jobs[id].leases[&number];
    let Worker { client, seat } = &lease.worker;
    Notice::Leased {
        job: id.clone(),
        client: client.clone(),
        name: cluster.roster.name_of(client),
        lease: number,
        share: lease.share,
        measure: lease.measure,
        seat: seat.clone(),
    }
}

/// When a share that is promised now is late: after what the client has before it, and itself.
pub(super) fn late_at(cluster: &Cluster, now: Millis, worker: &Worker, share: Share, film: &Film) -> Millis {
    let seconds = match share {
        Share::Sound => film.frames as f64 / film.frame_rate.as_f64().max(1.0) / SOUND_SPEED,
        Share::Picture(range) | Share::List(range) => {
            let frames = range.len() + frames_before(cluster, worker);
            let speed = cluster
                .roster
                .speed(worker, film)
                .or_else(|| cluster.roster.crews.strength(film).mean_measured());
            speed.map_or(SEGMENT_TARGET_MAX.as_secs_f64(), |fps| frames as f64 / fps)
        }
    };
    now + STARTING + Millis((seconds * LATE_FACTOR * 1000.0) as u64)
}

/// Leases of pictures that this worker has, by whichever encoder of its device.
pub(super) fn leases_on<'a>(
    cluster: &'a Cluster,
    worker: &'a Worker,
) -> impl Iterator<Item = (&'a Job, &'a Lease)> {
    let leases = cluster.roster.get(&worker.client).into_iter().flat_map(|known| &known.leases);
    let there = |lease: &Lease| lease.worker.device() == worker.device();
    let leases = leases.filter_map(|id: &LeaseId| cluster.jobs.lease_of(*id));
    leases.filter(move |(_, lease)| lease.range().is_some() && there(lease))
}

fn frames_before(cluster: &Cluster, worker: &Worker) -> u64 {
    leases_on(cluster, worker).map(|(_, lease)| lease.frames_left()).sum()
}
