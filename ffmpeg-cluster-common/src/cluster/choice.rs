//! What a worker could be given of a job, and whether it has a free slot.

use super::able::barred;
use super::job::Job;
use super::lease::{Lease, Phase, Returned};
use super::plan;
use super::plan::Situation;
use super::promise::leases_on;
use super::state::Cluster;
use super::worker::Worker;
use crate::frames::{FrameNo, FrameRange};
use crate::ids::{ClientId, JobId};
use crate::limits::{NEXT_AT_HAND, SEGMENT_FRAMES_MIN};
use crate::media::plan::film::Film;
use crate::time::Millis;

/// The next segment is promised when the present one is so near its end: late, so that its length fits what is
/// left, and early enough to fetch its bytes.
const AHEAD: Millis = Millis::secs(10);
/// Pieces of one client that may be on their way while it encodes the next.
const SENDING_MAX: usize = 4;

/// One segment in each slot, the next at hand when one of them is nearly done.
pub(super) fn has_free_slot(cluster: &Cluster, worker: &Worker, now: Millis) -> bool {
    let slots = cluster.roster.slots(worker, now);
    if slots == 0 || !cluster.roster.may_take(&worker.client, now) {
        return false;
    }
    let (encoding, sending): (Vec<_>, Vec<_>) =
        leases_on(cluster, worker).partition(|(_, lease)| lease.is_encoding());
    if sending.len() > SENDING_MAX * slots || encoding.len() >= slots + NEXT_AT_HAND {
        return false;
    }
    encoding.len() < slots || encoding.iter().any(|(job, lease)| is_nearly_done(cluster, job, lease))
}

fn is_nearly_done(cluster: &Cluster, job: &Job, lease: &Lease) -> bool {
    let film = job.film.as_ref().expect("leases have films");
    let known = cluster.roster.pace(&lease.worker, film);
    // What it does now counts where that is less: a machine that became slow is not promised more.
    let speed = known.map(|fps| if lease.fps > 0.0 { fps.min(lease.fps) } else { fps });
    lease.phase == Phase::Encoding
        && speed.is_some_and(|fps| lease.frames_left() as f64 / fps < AHEAD.as_secs_f64())
}

/// What a worker could be given of a job.
pub(super) enum Choice {
    /// Frames that failed, by the first of them.
    Returned(FrameNo),
    Fresh(FrameRange),
}

/// Frames that failed elsewhere come first; they are the oldest.
pub(super) fn choice(
    cluster: &Cluster,
    now: Millis,
    id: &JobId,
    film: &Film,
    worker: &Worker,
) -> Option<Choice> {
    if let Some(start) = returned_that_suits(cluster, now, id, film, worker) {
        return Some(Choice::Returned(start));
    }
    let range = beginning_that_fits(cluster, &cluster.jobs[id], film)?;
    if film.one_piece.is_none() {
        return Some(Choice::Fresh(plan::cut(situation(cluster, &cluster.jobs[id], range, film, worker))));
    }
    is_fastest(cluster, now, id, film, worker).then_some(Choice::Fresh(range))
}

/// Frames that failed are not for a client on trial, if there is another; nor do others wait for it. Those at
/// which a device failed are not for another device, where software can do them.
fn returned_that_suits(
    cluster: &Cluster,
    now: Millis,
    id: &JobId,
    film: &Film,
    worker: &Worker,
) -> Option<FrameNo> {
    if cluster.jobs[id].returned.is_empty() {
        return None;
    }
    let client = &worker.client;
    let apart = worker.seat.is_some() && cluster.roster.falls_back(film);
    let on_trial = cluster.roster.is_on_trial(client);
    let barred = barred(cluster, now, id, film);
    let able = || cluster.roster.crews.able_for(film).filter(|one| !barred.contains(*one));
    let is_well = |one: &&ClientId| !cluster.roster.is_on_trial(one);
    if on_trial && able().any(|one| is_well(&one)) {
        return None;
    }
    let who = || able().filter(move |one| on_trial || is_well(one));
    let suits = |returned: &Returned| !(apart && returned.past.on_device) && returned.suits(client, who, now);
    let mut all = cluster.jobs[id].returned.iter();
    all.find(|(_, (_, returned))| suits(returned)).map(|(start, _)| *start)
}

/// Those of whom no other is faster at the whole film; empty where nobody was measured.
pub(super) fn fastest(cluster: &Cluster, now: Millis, id: &JobId, film: &Film) -> Vec<Worker> {
    let barred = barred(cluster, now, id, film);
    cluster.roster.fastest(now, film, |client| !barred.contains(client))
}

fn is_fastest(cluster: &Cluster, now: Millis, id: &JobId, film: &Film, worker: &Worker) -> bool {
    let fastest = fastest(cluster, now, id, film);
    fastest.is_empty() || fastest.contains(worker)
}

fn situation<'a>(
    cluster: &Cluster,
    job: &Job,
    range: FrameRange,
    film: &'a Film,
    worker: &Worker,
) -> Situation<'a> {
    let all = cluster.roster.crews.strength(film);
    Situation {
        range,
        frames: film.frames,
        frames_left: job.todo.frames(),
        speed: cluster.roster.pace(worker, film).unwrap_or(0.0),
        speed_of_all: all.mean().unwrap_or(0.0) * all.workers as f64,
        clients: all.workers,
        measure_frames: measure_frames(cluster, film, &worker.client),
        cuts: &film.cuts,
    }
}

/// Of the first frames to do, those for which the server's disk has room.
fn beginning_that_fits(cluster: &Cluster, job: &Job, film: &Film) -> Option<FrameRange> {
    let range = job.todo.first()?;
    let most = cluster.disk.frames_that_fit(&cluster.jobs, job);
    if range.len() <= most {
        return Some(range);
    }
    let cut = FrameRange::new(range.start, range.start + most);
    (film.one_piece.is_none() && most >= SEGMENT_FRAMES_MIN).then_some(cut)
}

fn measure_frames(cluster: &Cluster, film: &Film, client: &ClientId) -> FrameNo {
    let agreed = cluster.roster.get(client).map_or(u32::MAX, |c| c.hello.benchmark_secs);
    let seconds = cluster.settings.benchmark_secs.min(agreed).max(1);
    (f64::from(seconds) * film.frame_rate.as_f64()).ceil() as u64
}
