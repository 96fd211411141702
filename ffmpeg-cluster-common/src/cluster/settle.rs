//! The state that is true of a job now, among those in which it waits or works. Settled once at the end of a step, for the jobs
//! that it touched, and for those that wait for clients where clients came or went.

use super::change::Change;
use super::effect::{Effect, Effects, Notice};
use super::job::Job;
use super::state::Cluster;
use crate::ids::JobId;
use crate::media::plan::film::{Film, IndexedBy};
use crate::media::plan::track::Track;
use crate::protocol::command::JobState;
use crate::text::counted;

pub(super) fn settle_touched(cluster: &mut Cluster, out: &mut Effects) {
    if cluster.roster.news.take_others() {
        cluster.jobs.touch_restless();
        cluster.jobs.refresh_all();
    }
    if cluster.roster.news.take_speeds() {
        cluster.jobs.refresh_whole();
    }
    while let Some(id) = cluster.jobs.next_touched() {
        settle(cluster, &id, out);
    }
}

fn settle(cluster: &mut Cluster, id: &JobId, out: &mut Effects) {
    let Some(job) = cluster.jobs.get(id) else { return };
    let waits_or_works = matches!(
        job.state,
        JobState::Queued | JobState::WaitingForClients | JobState::Benchmarking | JobState::Processing
    );
    let Some(film) = job.film.as_ref().filter(|_| waits_or_works) else { return };
    let (to, why) = true_state(cluster, job, film);
    let starts = matches!(to, JobState::Benchmarking | JobState::Processing) && !job.started;
    move_job(cluster, id, to, &why, out);
    if let Some(mut job) = starts.then(|| cluster.jobs.get_mut(id)).flatten() {
        job.started = true;
    }
}

fn true_state(cluster: &Cluster, job: &Job, film: &Film) -> (JobState, String) {
    if let Some(way) = &job.indexing {
        let why = match way.by {
            IndexedBy::Clients => "its frame list is put together",
            IndexedBy::Packets | IndexedBy::Decoding => "its frames must be told by decoding it",
        };
        return (JobState::Queued, why.to_owned());
    }
    let (track, able) = awaited(cluster, job).unwrap_or((film.first(), 0));
    let wanted = if job.started { 1 } else { job.spec.required_clients as usize };
    if able < wanted && job.leases.is_empty() {
        let why = format!(
            "{able} of {} that can encode with {} {} here",
            counted(wanted as u64, "client"),
            track.all_encoders().collect::<Vec<_>>().join(", "),
            if wanted == 1 { "is" } else { "are" }
        );
        return (JobState::WaitingForClients, why);
    }
    let has_begun = job.first().is_some_and(|(_, book)| book.pieces.units() > 0);
    if has_begun || cluster.roster.crews.strength(film.first()).mean_measured().is_some() {
        return (JobState::Processing, "speeds are known".to_owned());
    }
    (JobState::Benchmarking, "the first segments measure the clients".to_owned())
}

/// The track by whose clients a job waits or works, and how many can make it. Once it has begun, that is what is left of it: sound
/// alone may be left, and need no client that encodes pictures.
pub(super) fn awaited<'a>(cluster: &Cluster, job: &'a Job) -> Option<(&'a Track, usize)> {
    let able = |track| cluster.roster.crews.count_able_for(track);
    let left = job.tracks().filter(|(track, book)| book.has_work() && job.may_begin(track));
    let left = left.filter(|_| job.started).map(|(track, _)| (track, able(track)));
    let first = || job.first().map(|(track, _)| (track, able(track)));
    // Of equals the first.
    left.reduce(|most, next| if next.1 > most.1 { next } else { most }).or_else(first)
}

pub(super) fn move_job(cluster: &mut Cluster, id: &JobId, to: JobState, why: &str, out: &mut Effects) {
    let Some(from) = cluster.jobs.get(id).map(|job| job.state).filter(|from| *from != to) else { return };
    if let Some(mut job) = cluster.jobs.get_mut(id) {
        job.state = to;
    }
    out.changes.push(Change::JobMoved { job: id.clone(), state: to });
    out.effects.push(Effect::Notice(Notice::JobMoved { job: id.clone(), from, to, why: why.to_owned() }));
}
