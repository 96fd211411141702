//! The state that is true of a job now, among those in which it waits or works.

use super::change::Change;
use super::effect::{Effect, Effects, Notice};
use super::state::Cluster;
use crate::ids::JobId;
use crate::media::plan::film::IndexedBy;
use crate::protocol::command::JobState;
use crate::shown::counted;

/// The state that is true now, among those in which a job waits or works.
pub(super) fn settle(cluster: &mut Cluster, id: &JobId, out: &mut Effects) {
    let Some(job) = cluster.jobs.get(id) else { return };
    let (
        Some(film),
        JobState::Queued | JobState::WaitingForClients | JobState::Benchmarking | JobState::Processing,
    ) = (&job.film, job.state)
    else {
        return;
    };
    if let Some(way) = &job.indexing {
        let why = match way.by {
            IndexedBy::Clients => "its frame list is put together",
            IndexedBy::Packets | IndexedBy::Decoding => "its frames must be told by decoding it",
        };
        return move_job(cluster, id, JobState::Queued, why, out);
    }
    let able = cluster.roster.able_for(film);
    let wanted = if job.started { 1 } else { job.spec.required_clients as usize };
    if able.len() < wanted && job.leases.is_empty() {
        let why = format!(
            "{} of {} that can encode with {} {} here",
            able.len(),
            counted(wanted as u64, "client"),
            film.encoders().collect::<Vec<_>>().join(", "),
            if wanted == 1 { "is" } else { "are" }
        );
        return move_job(cluster, id, JobState::WaitingForClients, &why, out);
    }
    let workers = cluster.roster.workers(film, &able);
    let known = workers.iter().any(|worker| cluster.roster.speed(worker, film).is_some());
    let job = cluster.jobs.get_mut(id).expect("looked up above");
    job.started = true;
    if known || job.frames_kept > 0 {
        move_job(cluster, id, JobState::Processing, "speeds are known", out);
    } else {
        move_job(cluster, id, JobState::Benchmarking, "the first segments measure the clients", out);
    }
    cluster.look = true;
}

pub(super) fn settle_all(cluster: &mut Cluster, out: &mut Effects) {
    let all: Vec<JobId> = cluster.jobs.queue().cloned().collect();
    for id in all {
        settle(cluster, &id, out);
    }
}

pub(super) fn move_job(cluster: &mut Cluster, id: &JobId, to: JobState, why: &str, out: &mut Effects) {
    let Some(job) = cluster.jobs.get_mut(id) else { return };
    let from = std::mem::replace(&mut job.state, to);
    if from != to {
        out.changes.push(Change::JobMoved { job: id.clone(), state: to });
        out.effects.push(Effect::Notice(Notice::JobMoved { job: id.clone(), from, to, why: why.to_owned() }));
    }
}
