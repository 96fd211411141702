//! Who gets what next.

use std::collections::BTreeSet;

use super::able::{able_for_job, able_for_sound};
use super::effect::{Effects, Share};
use super::job::{Job, Sound};
use super::lease::{Lease, Next, Phase};
use super::plan;
use super::plan::Situation;
use super::promise::{leases_on, promise};
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
/// Frames after which a running encode tells a speed.
const TELLING_FRAMES: u64 = 48;

fn running_speed(cluster: &Cluster, worker: &Worker, job: &Job, film: &Film) -> Option<f64> {
    let telling =
        |lease: &&Lease| lease.worker == *worker && lease.frames_done >= TELLING_FRAMES && lease.fps > 0.0;
    cluster.roster.speed(worker, film).or_else(|| job.leases.values().find(telling).map(|lease| lease.fps))
}

/// Gives work to every client that can take some, film after film in the order in which they came.
pub(super) fn hand_out(cluster: &mut Cluster, now: Millis, out: &mut Effects) {
    if cluster.draining || cluster.disk.missing(&cluster.jobs).is_some() {
        return;
    }
    let queue: Vec<JobId> = cluster.jobs.queue().filter(|id| cluster.jobs[*id].is_open()).cloned().collect();
    for id in queue {
        let Some(film) = cluster.jobs.get(&id).and_then(|job| job.film.clone()) else { continue };
        for client in able_for_job(cluster, now, &id, &film) {
            for worker in cluster.roster.seats(&client, &film) {
                serve(cluster, now, &id, &film, &worker, out);
            }
        }
        serve_sound(cluster, now, &id, &film, out);
    }
}

fn serve(cluster: &mut Cluster, now: Millis, id: &JobId, film: &Film, worker: &Worker, out: &mut Effects) {
    while has_free_slot(cluster, worker, now) {
        let Some(next) = next_share(cluster, now, id, film, worker) else { return };
        promise(cluster, now, id, worker, next, film, out);
    }
}

/// One segment in each slot, the next at hand when one of them is nearly done.
fn has_free_slot(cluster: &Cluster, worker: &Worker, now: Millis) -> bool {
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
    let known = running_speed(cluster, &lease.worker, job, film);
    // What it does now counts where that is less: a machine that became slow is not promised more.
    let speed = known.map(|fps| if lease.fps > 0.0 { fps.min(lease.fps) } else { fps });
    lease.phase == Phase::Encoding
        && speed.is_some_and(|fps| lease.frames_left() as f64 / fps < AHEAD.as_secs_f64())
}

/// Frames that failed elsewhere come first; they are the oldest.
fn next_share(cluster: &mut Cluster, now: Millis, id: &JobId, film: &Film, worker: &Worker) -> Option<Next> {
    let able = able_for_job(cluster, now, id, film);
    if let Some(next) = take_returned(cluster, now, id, film, worker, &able) {
        return Some(next);
    }
    let range = beginning_that_fits(cluster, &cluster.jobs[id], film)?;
    let workers = cluster.roster.workers(film, &able);
    let cut = if film.one_piece.is_none() {
        plan::cut(situation(cluster, &cluster.jobs[id], range, film, worker, &workers))
    } else if cluster.roster.is_fastest(now, worker, &workers, film) {
        range
    } else {
        return None;
    };
    let job = cluster.jobs.get_mut(id)?;
    job.todo.remove(cut);
    Some(Next { share: job.share(cut), past: None })
}

/// Frames that failed are not for a client on trial, if there is another; nor do others wait for it. Those at
/// which a device failed are not for another device, where software can do them.
fn take_returned(
    cluster: &mut Cluster,
    now: Millis,
    id: &JobId,
    film: &Film,
    worker: &Worker,
    able: &BTreeSet<ClientId>,
) -> Option<Next> {
    let client = &worker.client;
    let apart = worker.seat.is_some() && cluster.roster.falls_back(film);
    let on_trial = cluster.roster.is_on_trial(client);
    let well: BTreeSet<ClientId> =
        able.iter().filter(|one| !cluster.roster.is_on_trial(one)).cloned().collect();
    let tries = !on_trial || well.is_empty();
    let who = if on_trial { able } else { &well };
    let job = cluster.jobs.get_mut(id)?;
    let suits = job.returned.iter().find(|(_, (_, returned))| {
        tries && !(apart && returned.past.on_device) && returned.suits(client, who, now)
    });
    let start = suits.map(|(start, _)| *start)?;
    let (range, returned) = job.returned.remove(&start).expect("found above");
    Some(Next { share: job.share(range), past: Some(returned.past) })
}

fn situation<'a>(
    cluster: &Cluster,
    job: &Job,
    range: FrameRange,
    film: &'a Film,
    worker: &Worker,
    workers: &[Worker],
) -> Situation<'a> {
    let speeds: Vec<f64> = workers.iter().filter_map(|one| running_speed(cluster, one, job, film)).collect();
    let mean = speeds.iter().sum::<f64>() / speeds.len().max(1) as f64;
    Situation {
        range,
        frames: film.frames,
        frames_left: job.todo.frames(),
        speed: running_speed(cluster, worker, job, film).unwrap_or(0.0),
        speed_of_all: mean * workers.len() as f64,
        clients: workers.len() as u64,
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

/// The sound goes to the first client that has its encoders and no other sound; it runs beside pictures.
fn serve_sound(cluster: &mut Cluster, now: Millis, id: &JobId, film: &Film, out: &mut Effects) {
    let job = &cluster.jobs[id];
    let all = able_for_sound(cluster, now, id, film);
    let free = |client: &&ClientId| {
        if !cluster.roster.may_take(client, now) {
            return false;
        }
        let leases = cluster.roster.leases_of(client);
        leases
            .iter()
            .filter_map(|lease| cluster.jobs.lease_of(*lease))
            .all(|(_, lease)| lease.share != Share::Sound)
    };
    let taker = match &job.sound {
        Sound::Todo => all.iter().find(free),
        Sound::Returned(returned) => all.iter().filter(free).find(|client| returned.suits(client, &all, now)),
        Sound::None | Sound::Leased | Sound::Kept => None,
    };
    let Some(client) = taker.cloned() else { return };
    let job = cluster.jobs.get_mut(id).expect("looked up above");
    let past = match std::mem::replace(&mut job.sound, Sound::Leased) {
        Sound::Returned(returned) => Some(returned.past),
        Sound::Todo | Sound::None | Sound::Leased | Sound::Kept => None,
    };
    promise(cluster, now, id, &Worker::on_processors(client), Next { share: Share::Sound, past }, film, out);
}
