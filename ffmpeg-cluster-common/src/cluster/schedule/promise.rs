//! Leases a segment to a worker: notes it, records it, and tells the client.

use crate::cluster::change::Change;
use crate::cluster::effect::{Effect, Notice, Promised};
use crate::cluster::jobs::JobTrack;
use crate::cluster::jobs::lease::{AHEAD, Lease, Next};
use crate::cluster::jobs::making::Making;
use crate::cluster::outcomes::starts::decoded_twice;
use crate::cluster::schedule::slots::{Slot, slots};
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::cluster::worker::Worker;
use crate::ids::{ClientId, LeaseId};
use crate::limits::SEGMENT_TARGET_MAX;
use crate::media::plan::track::{Load, Segment};
use crate::media::plan::witness::Lead;
use crate::time::Millis;

/// A lease is late after this many times the predicted duration.
const LATE_FACTOR: f64 = 1.5;
/// Extra time for starting an encoder and fetching its first bytes.
const STARTING: Millis = Millis::secs(5);
/// Tracks that are not measured are encoded at least this many times faster than they play.
const UNMEASURED_SPEED: f64 = 8.0;

/// A worker gets its next segment at least this long before the end of the current one,
/// because it must fetch the bytes.
const AHEAD_AT_THE_END: Millis = Millis::secs(2);

/// What is leased, and to which worker.
pub(in crate::cluster) struct Grant<'a> {
    pub(in crate::cluster) worker: &'a Worker,
    pub(in crate::cluster) next: Next,
}

pub(in crate::cluster) fn promise(
    cluster: &mut Cluster,
    at: &JobTrack,
    Grant { worker, next }: Grant<'_>,
) -> LeaseId {
    let (track, segment) = (at.track(), next.segment);
    let first = leases_on(cluster, worker, track.load).next().is_none();
    let is_measured = cluster.roster.speed(worker, track).is_some();
    let measure = track.kind.is_some() && first && !is_measured;
    let (late_at, ahead) = (late_at(cluster, at, worker, segment), ahead(cluster, at));
    let session = cluster.roster.session(&worker.client).expect("able clients are connected");
    let (lead, twice) = (lead(cluster, at), decoded_twice(cluster, at, segment));
    let lease = Lease {
        measure,
        is_measured,
        lead,
        late_at,
        ahead,
        twice: twice.is_some(),
        ..Lease::new(next, worker.clone(), cluster.now)
    };
    let lease = cluster.jobs.promise(&at.job, lease);
    cluster.roster.hold(&worker.client, lease);
    cluster.timers.set(late_at, Timer::Late(lease));
    let (job, Worker { client, seat }) = (at.job.clone(), worker.clone());
    cluster.out.record(Change::Leased {
        job: job.clone(),
        lease,
        segment,
        client: client.clone(),
        seat: seat.clone(),
    });
    let (content, streams) = (track.content, track.streams.clone());
    let beside = slots(cluster, worker, Slot::Of(track)) as u32;
    let promised = Promised { lease, job, segment, content, streams, measure, seat, beside, lead, twice };
    let notice = notice(cluster, at, &client, &promised);
    cluster.out.perform(Effect::Offer { client, session, promised });
    cluster.out.notice(notice);
    lease
}

/// What happens before the wanted part of a film in one piece counts, as it does in one run of ffmpeg.
fn lead(cluster: &Cluster, at: &JobTrack) -> Lead {
    let is_one_piece = at.track().is_pictures() && at.track().whole().is_some();
    if is_one_piece { Lead::Beginning } else { cluster.jobs[&at.job].lead() }
}

fn notice(cluster: &Cluster, at: &JobTrack, client: &ClientId, promised: &Promised) -> Notice {
    Notice::Leased {
        job: at.job.clone(),
        client: cluster.roster.who(client),
        lease: promised.lease,
        what: at.film.name(promised.segment),
        measure: promised.measure,
        seat: promised.seat.clone(),
    }
}

/// A quarter of the time that the rest of the track takes: near the end, a segment that waits for
/// its client delays the film.
fn ahead(cluster: &Cluster, at: &JobTrack) -> Millis {
    let Some(of_all) = cluster.roster.crews.strength(at.track()).of_all() else { return AHEAD };
    let left = cluster.jobs.book(at).map_or(0, |book| book.todo().frames()) as f64;
    let seconds = left / of_all.max(f64::MIN_POSITIVE);
    Millis((seconds * 1_000.0 / 4.0) as u64).clamp(AHEAD_AT_THE_END, AHEAD)
}

/// When a segment that is leased now counts as late:
/// after the predicted time for the worker's earlier leases and for the segment itself.
fn late_at(cluster: &Cluster, at: &JobTrack, worker: &Worker, segment: Segment) -> Millis {
    let track = at.track();
    let seconds = if track.kind.is_none() {
        at.film.seconds() / UNMEASURED_SPEED
    } else {
        let before: u64 = leases_on(cluster, worker, track.load).map(|(_, lease)| lease.frames_left()).sum();
        // They are encoded side by side.
        let slots = slots(cluster, worker, Slot::Of(track)).max(1) as u64;
        let frames = segment.units.len() + before.div_ceil(slots);
        let of_all = || cluster.roster.crews.strength(track).mean_measured();
        let speed = cluster.roster.speed(worker, track).or_else(of_all);
        speed.map_or(SEGMENT_TARGET_MAX.as_secs_f64(), |fps| frames as f64 / fps)
    };
    cluster.now + STARTING + Millis((seconds * LATE_FACTOR * 1000.0) as u64)
}

/// Leases of this load on the worker's device or processors, with any encoder.
pub(in crate::cluster) fn leases_on<'a>(
    cluster: &'a Cluster,
    worker: &'a Worker,
    load: Load,
) -> impl Iterator<Item = (&'a Making, &'a Lease)> {
    leases_of(cluster, &worker.client).filter(move |(making, lease)| is_on(making, lease, worker, load))
}

/// All leases of a client.
pub(in crate::cluster) fn leases_of<'a>(
    cluster: &'a Cluster,
    client: &ClientId,
) -> impl Iterator<Item = (&'a Making, &'a Lease)> + use<'a> {
    let leases = cluster.roster.get(client).into_iter().flat_map(|known| &known.leases);
    leases.filter_map(|id: &LeaseId| cluster.jobs.lease_of(*id))
}

/// Whether the lease takes a slot for this load on the worker.
/// A client encodes one light segment at a time, on any of its workers.
pub(in crate::cluster) fn is_on(making: &Making, lease: &Lease, worker: &Worker, load: Load) -> bool {
    making.load_of(lease) == load && (load == Load::Light || lease.worker.device() == worker.device())
}
