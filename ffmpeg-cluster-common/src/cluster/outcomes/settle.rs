//! Settles whether a job waits for clients or is worked on.
//! This happens at the end of a step, for the jobs that the step touched.
//! If clients came or went, it also happens for the jobs whose state depends on them.

use crate::cluster::change::Change;
use crate::cluster::effect::Notice;
use crate::cluster::jobs::job::{Job, StateChange};
use crate::cluster::jobs::making::{Making, Mode};
use crate::cluster::jobs::stage::{Indexing, Stage};
use crate::cluster::roster::Changes;
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::ids::JobId;
use crate::media::plan::film::IndexedBy;
use crate::media::plan::track::Track;
use crate::text::counted;

/// The most jobs that are settled at a time because clients came or went.
/// The next step follows at once.
const RESTLESS_MAX: usize = 128;

pub(in crate::cluster) fn settle_touched(cluster: &mut Cluster) {
    let Changes { clients, speeds } = cluster.roster.news().take_changes();
    if clients {
        cluster.jobs.mark_clients_changed();
        cluster.roster.liars.jobs().for_each(|job| cluster.jobs.refresh(job));
    }
    if speeds {
        cluster.jobs.mark_speeds_changed();
    }
    let held_back = cluster.disk.take_held_back(&cluster.jobs);
    cluster.jobs.mark_space_grown(held_back);
    let restless = cluster.jobs.take_restless(RESTLESS_MAX);
    restless.iter().for_each(|id| settle(cluster, id));
    while let Some(id) = cluster.jobs.next_touched() {
        settle(cluster, &id);
    }
    if restless.len() == RESTLESS_MAX {
        cluster.timers.set(cluster.now, Timer::HandOut);
    }
}

fn settle(cluster: &mut Cluster, id: &JobId) {
    let Some(job) = cluster.jobs.get(id) else { return };
    let why = match job.stage() {
        // The event that moved the job to this stage has already announced it.
        Stage::Queued | Stage::Joining(_) => return,
        Stage::Indexing(Indexing { way, .. }) => match way.by {
            IndexedBy::Clients => "the server puts its frame list together".to_owned(),
            IndexedBy::Packets | IndexedBy::Decoding => "the server lists its frames again".to_owned(),
        },
        // It takes up nothing new; what runs goes on as it was.
        Stage::Making(_) if job.is_paused() => "the job is paused".to_owned(),
        Stage::Making(making) => {
            let (mode, why) = true_mode(cluster, job, making);
            set_mode(cluster, id, mode);
            why
        }
    };
    tell_state(cluster, id, &why);
}

fn set_mode(cluster: &mut Cluster, id: &JobId, mode: Mode) {
    // Changing a job touches it, and a touched job is settled again.
    // Writing a mode that is already set would therefore never end.
    let is_set = |job: &Job| job.under_way().is_some_and(|making| making.mode() == mode);
    if cluster.jobs.get(id).is_some_and(is_set) {
        return;
    }
    if let Some(mut job) = cluster.jobs.get_mut(id) {
        job.set_mode(mode);
    }
}

fn true_mode(cluster: &Cluster, job: &Job, making: &Making) -> (Mode, String) {
    let (track, able) = awaited(cluster, job).unwrap_or((making.film.first(), 0));
    let wanted = job.clients_wanted();
    if able < wanted && making.leases().is_empty() {
        let why = format!(
            "{able} of {} that can {} {} here",
            counted(wanted as u64, "client"),
            track.asks(),
            if wanted == 1 { "is" } else { "are" }
        );
        return (Mode::Waiting, why);
    }
    let has_begun = making.first().1.pieces().units() > 0;
    if has_begun || cluster.roster.crews.strength(making.film.first()).mean_measured().is_some() {
        return (Mode::Working, "speeds are known".to_owned());
    }
    (Mode::Measuring, "the first segments measure the clients".to_owned())
}

/// The track for which a job needs clients, and how many clients can make it.
/// Once the job has begun, the track is one that still has work: if only sound is left, the job
/// needs no client that encodes pictures.
pub(in crate::cluster) fn awaited<'a>(cluster: &Cluster, job: &'a Job) -> Option<(&'a Track, usize)> {
    let making = job.making()?;
    let able = |track| cluster.roster.crews.count_able_for(track);
    let left = making.tracks().filter(|(track, book)| book.has_work() && making.may_begin(track));
    let left = left.filter(|_| job.has_started()).map(|(track, _)| (track, able(track)));
    // The first of several equal tracks.
    let most = left.reduce(|most, next| if next.1 > most.1 { next } else { most });
    Some(most.unwrap_or_else(|| (making.film.first(), able(making.film.first()))))
}

/// Records and announces the job's state if it is not the one that was recorded last.
pub(in crate::cluster) fn tell_state(cluster: &mut Cluster, id: &JobId, why: &str) {
    let Some(StateChange { from, to }) = cluster.jobs.get(id).and_then(Job::untold_move) else { return };
    if let Some(mut job) = cluster.jobs.get_mut(id) {
        job.mark_state_told();
    }
    cluster.out.record(Change::JobMoved { job: id.clone(), state: to });
    cluster.out.notice(Notice::JobMoved { job: id.clone(), from, to, why: why.to_owned() });
}
