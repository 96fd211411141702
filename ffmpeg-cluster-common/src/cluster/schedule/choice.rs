//! What a worker could be given of a track, and whether it has a free slot.

use crate::cluster::jobs::TrackAt;
use crate::cluster::jobs::lease::{Lease, Returned};
use crate::cluster::jobs::making::Making;
use crate::cluster::schedule::able::barred;
use crate::cluster::schedule::plan;
use crate::cluster::schedule::plan::Situation;
use crate::cluster::schedule::promise::leases_on;
use crate::cluster::state::Cluster;
use crate::cluster::worker::Worker;
use crate::frames::{FrameNo, FrameRange};
use crate::ids::ClientId;
use crate::limits::{NEXT_AT_HAND, SEGMENT_FRAMES_MIN};
use crate::media::plan::track::Load;
use crate::time::Millis;

/// How long before the end of the present segment the next one is leased.
/// Late enough that its length fits what is left, and early enough to fetch its bytes.
const AHEAD: Millis = Millis::secs(10);
/// The most pieces for each slot that may be on their way while the worker encodes.
const SENDING_MAX: usize = 4;

/// Whether the worker can take a segment: each slot encodes one, and the next is at hand when one
/// is nearly done.
pub(in crate::cluster) fn has_free_slot(cluster: &Cluster, worker: &Worker, load: Load) -> bool {
    let slots = slots(cluster, worker, load);
    if slots == 0 || !cluster.roster.may_take(&worker.client) {
        return false;
    }
    let (encoding, sending): (Vec<_>, Vec<_>) =
        leases_on(cluster, worker, load).partition(|(_, lease)| lease.is_encoding());
    if sending.len() > SENDING_MAX * slots || encoding.len() >= slots + NEXT_AT_HAND {
        return false;
    }
    encoding.len() < slots || encoding.iter().any(|(making, lease)| is_nearly_done(cluster, making, lease))
}

/// How many segments of this load the worker may encode side by side now.
pub(in crate::cluster) fn slots(cluster: &Cluster, worker: &Worker, load: Load) -> usize {
    match load {
        Load::Full => cluster.roster.slots(worker, cluster.now),
        Load::Light => 1,
    }
}

fn is_nearly_done(cluster: &Cluster, making: &Making, lease: &Lease) -> bool {
    let track = making.film.track(lease.segment.track);
    let known = cluster.roster.pace(&lease.worker, track);
    // The present speed counts if it is lower: a machine that became slow gets no more yet.
    let speed = known.map(|fps| if lease.fps() > 0.0 { fps.min(lease.fps()) } else { fps });
    lease.has_begun() && speed.is_some_and(|fps| lease.frames_left() as f64 / fps < AHEAD.as_secs_f64())
}

/// What a worker could be given of a track.
pub(in crate::cluster) enum Choice {
    /// Units that failed, by their first unit.
    Returned(FrameNo),
    Fresh(FrameRange),
}

/// The next segment for this worker.
/// Failed units come first, because they are the oldest. Returns None if nothing suits the worker.
pub(in crate::cluster) fn choice(cluster: &Cluster, at: &TrackAt, worker: &Worker) -> Option<Choice> {
    if let Some(start) = returned_that_suits(cluster, at, worker) {
        return Some(Choice::Returned(start));
    }
    let range = beginning_that_fits(cluster, at)?;
    if at.track().whole().is_none() {
        return Some(Choice::Fresh(plan::cut(situation(cluster, at, worker, range))));
    }
    is_fastest(cluster, at, worker).then_some(Choice::Fresh(range))
}

/// The first failed units that suit this worker.
/// A client on probation gets them only if every able client that is not on probation has failed at
/// them; the others do not wait for it.
/// Another device gets no units at which a device failed, if software can encode them.
fn returned_that_suits(cluster: &Cluster, at: &TrackAt, worker: &Worker) -> Option<FrameNo> {
    let returned = &cluster.jobs.book(at)?.returned;
    if returned.is_empty() {
        return None;
    }
    let (client, track) = (&worker.client, at.track());
    let apart = worker.seat.is_some() && cluster.roster.falls_back(track);
    let on_probation = cluster.roster.is_on_probation(client);
    let barred = barred(cluster, at);
    let able = || cluster.roster.crews.able_for(track).filter(|one| !barred.contains(*one));
    let is_well = |one: &&ClientId| !cluster.roster.is_on_probation(one);
    let who = || able().filter(move |one| on_probation || is_well(one));
    // Without this, a client on probation would wait forever beside one that fails at the same
    // units again and again.
    let is_left_to_it =
        |returned: &Returned| able().filter(is_well).all(|one| returned.past.failed_on.contains(one));
    let suits = |returned: &Returned| {
        !(apart && returned.past.on_device)
            && (!on_probation || is_left_to_it(returned))
            && returned.suits(client, who, cluster.now)
    };
    returned.iter().find(|(_, (_, returned))| suits(returned)).map(|(start, _)| *start)
}

/// The fastest workers for the whole track; several if they are equally fast.
/// Empty if none was measured.
pub(in crate::cluster) fn fastest(cluster: &Cluster, at: &TrackAt) -> Vec<Worker> {
    let barred = barred(cluster, at);
    cluster.roster.fastest(cluster.now, at.track(), |client| !barred.contains(client))
}

fn is_fastest(cluster: &Cluster, at: &TrackAt, worker: &Worker) -> bool {
    let fastest = fastest(cluster, at);
    fastest.is_empty() || fastest.contains(worker)
}

fn situation<'a>(cluster: &Cluster, at: &'a TrackAt, worker: &Worker, range: FrameRange) -> Situation<'a> {
    let track = at.track();
    let all = cluster.roster.crews.strength(track);
    Situation {
        range,
        frames: track.units,
        frames_left: cluster.jobs.book(at).map_or(0, |book| book.todo.frames()),
        speed: cluster.roster.pace(worker, track).unwrap_or(0.0),
        speed_of_all: all.mean().unwrap_or(0.0) * all.workers as f64,
        clients: all.workers,
        measure_frames: measure_frames(cluster, at, &worker.client),
        cuts: &track.cuts,
    }
}

/// Whether units are to do for which the server's disk has no space.
pub(in crate::cluster) fn is_held_back(cluster: &Cluster, at: &TrackAt) -> bool {
    let is_to_do = cluster.jobs.book(at).is_some_and(|book| !book.todo.is_empty());
    is_to_do && beginning_that_fits(cluster, at).is_none()
}

/// The beginning of the first units to do for which the server's disk has space.
/// Returns None if nothing is to do, or the space is too small for a segment.
fn beginning_that_fits(cluster: &Cluster, at: &TrackAt) -> Option<FrameRange> {
    let book = cluster.jobs.book(at)?;
    let range = book.todo.first()?;
    let most = cluster.disk.units_that_fit(&cluster.jobs, book);
    if range.len() <= most {
        return Some(range);
    }
    let cut = at.track().cuts.last_before(range.start, range.start + most);
    cut.filter(|_| most >= SEGMENT_FRAMES_MIN).map(|cut| FrameRange::new(range.start, cut))
}

fn measure_frames(cluster: &Cluster, at: &TrackAt, client: &ClientId) -> FrameNo {
    let agreed = cluster.roster.get(client).and_then(|known| known.machine.as_ref());
    let agreed = agreed.map_or(u32::MAX, |machine| machine.benchmark_secs);
    let seconds = cluster.settings.benchmark_secs.min(agreed).max(1);
    (f64::from(seconds) * at.film.frame_rate.as_f64()).ceil() as u64
}
