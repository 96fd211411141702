//! What a worker could get from a track, and whether it has a free slot.

use crate::cluster::jobs::JobTrack;
use crate::cluster::jobs::lease::Lease;
use crate::cluster::jobs::making::Making;
use crate::cluster::load::ByLoad;
use crate::cluster::schedule::able::barred;
use crate::cluster::schedule::plan;
use crate::cluster::schedule::plan::Situation;
use crate::cluster::schedule::promise::{is_on, leases_of};
use crate::cluster::schedule::rest::rest_secs;
use crate::cluster::schedule::second_try::returned_that_suits;
use crate::cluster::schedule::slots::{Slot, slots};
use crate::cluster::state::Cluster;
use crate::cluster::worker::Worker;
use crate::frames::{FrameNo, FrameRange};
use crate::ids::ClientId;
use crate::limits::{NEXT_AT_HAND, SEGMENT_FRAMES_MIN};
use crate::media::plan::track::Track;

/// The most encoded pieces per slot that may still be on their way while the worker encodes.
const SENDING_MAX: usize = 4;

/// For which loads the client can take a segment.
pub(in crate::cluster) fn free_loads(cluster: &Cluster, client: &ClientId) -> ByLoad<bool> {
    if !cluster.roster.may_take(client) {
        return ByLoad::default();
    }
    let (held, seats) =
        (leases_of(cluster, client).collect::<Vec<_>>(), cluster.roster.crews.all_seats(client));
    let has = |worker: &Worker, load| has_slot(cluster, held.iter().copied(), worker, Slot::For(load));
    ByLoad::of(|load| seats.iter().any(|worker| has(worker, load)))
}

pub(in crate::cluster) fn has_free_slot(cluster: &Cluster, worker: &Worker, track: &Track) -> bool {
    let (client, slot) = (&worker.client, Slot::Of(track));
    cluster.roster.may_take(client) && has_slot(cluster, leases_of(cluster, client), worker, slot)
}

/// Whether the worker can take a segment: each slot encodes one, and the worker gets the next when
/// one is nearly done.
fn has_slot<'a>(
    cluster: &Cluster,
    held: impl Iterator<Item = (&'a Making, &'a Lease)>,
    worker: &Worker,
    slot: Slot<'_>,
) -> bool {
    let slots = slots(cluster, worker, slot);
    let there = held.filter(|(making, lease)| is_on(making, lease, worker, slot.load()));
    let (encoding, sending): (Vec<_>, Vec<_>) = there.partition(|(_, lease)| lease.is_encoding());
    if slots == 0 || sending.len() > SENDING_MAX * slots || encoding.len() >= slots + NEXT_AT_HAND {
        return false;
    }
    encoding.len() < slots || encoding.iter().any(|(making, lease)| is_nearly_done(cluster, making, lease))
}

/// Whether the lease ends so soon that its worker needs the next segment.
/// It is asked of the last report, because nothing happens here only because time passes.
fn is_nearly_done(cluster: &Cluster, making: &Making, lease: &Lease) -> bool {
    let track = making.film.track(lease.segment.track);
    let rest = rest_secs(cluster, track, lease, lease.moved_at);
    let is_known = cluster.roster.pace(&lease.worker, track).is_some();
    is_known && rest.is_some_and(|rest| rest < lease.ahead.as_secs_f64())
}

/// What a worker could get from a track.
pub(in crate::cluster) enum Choice {
    /// The failed units that begin with this one.
    Returned(FrameNo),
    Fresh(FrameRange),
}

/// The next segment for this worker.
/// Failed units come first, because they are the oldest. Returns None if nothing suits the worker.
pub(in crate::cluster) fn choice(cluster: &Cluster, at: &JobTrack, worker: &Worker) -> Option<Choice> {
    if let Some(start) = returned_that_suits(cluster, at, worker) {
        return Some(Choice::Returned(start));
    }
    let range = beginning_that_fits(cluster, at)?;
    if at.track().whole().is_none() {
        return Some(Choice::Fresh(plan::cut(situation(cluster, at, worker, range))));
    }
    is_fastest(cluster, at, worker).then_some(Choice::Fresh(range))
}

/// The fastest workers for the whole track; several if they are equally fast.
/// Empty if none was measured.
pub(in crate::cluster) fn fastest(cluster: &Cluster, at: &JobTrack) -> Vec<Worker> {
    let barred = barred(cluster, at);
    cluster.roster.fastest(cluster.now, at.track(), |client| !barred.contains(client))
}

fn is_fastest(cluster: &Cluster, at: &JobTrack, worker: &Worker) -> bool {
    let fastest = fastest(cluster, at);
    fastest.is_empty() || fastest.contains(worker)
}

fn situation<'a>(cluster: &Cluster, at: &'a JobTrack, worker: &Worker, range: FrameRange) -> Situation<'a> {
    let track = at.track();
    let all = cluster.roster.crews.strength(track);
    Situation {
        range,
        frames: track.units,
        frames_left: cluster.jobs.book(at).map_or(0, |book| book.todo().frames()),
        speed: cluster.roster.pace(worker, track).unwrap_or(0.0),
        speed_of_all: all.of_all().unwrap_or(0.0),
        clients: all.workers,
        frames_left_of_all: cluster.jobs.units_todo(),
        measure_frames: measure_frames(cluster, at, &worker.client),
        cuts: &track.cuts,
    }
}

/// Whether the track has units to do, but the server's disk has no space for them.
pub(in crate::cluster) fn is_held_back(cluster: &Cluster, at: &JobTrack) -> bool {
    let is_to_do = cluster.jobs.book(at).is_some_and(|book| !book.todo().is_empty());
    is_to_do && beginning_that_fits(cluster, at).is_none()
}

/// The first units to do, shortened to what the server's disk has space for.
/// Returns None if nothing is to do, or the space is too small for a segment.
pub(in crate::cluster) fn beginning_that_fits(cluster: &Cluster, at: &JobTrack) -> Option<FrameRange> {
    let book = cluster.jobs.book(at)?;
    let range = book.todo().first()?;
    let most = cluster.disk.units_that_fit(&cluster.jobs, book);
    if range.len() <= most {
        return Some(range);
    }
    let cut = at.track().cuts.last_before(range.start, range.start + most);
    cut.filter(|_| most >= SEGMENT_FRAMES_MIN).map(|cut| FrameRange::new(range.start, cut))
}

fn measure_frames(cluster: &Cluster, at: &JobTrack, client: &ClientId) -> FrameNo {
    let agreed = cluster.roster.get(client).and_then(|known| known.machine.as_ref());
    let agreed = agreed.map_or(u32::MAX, |machine| machine.benchmark_secs);
    let seconds = cluster.settings.benchmark_secs.min(agreed).max(1);
    (f64::from(seconds) * at.film.frame_rate.as_f64()).ceil() as u64
}
