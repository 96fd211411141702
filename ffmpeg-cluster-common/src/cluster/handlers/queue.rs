//! People pause jobs, resume them, and change their order.

use crate::cluster::change::Change;
use crate::cluster::effect::{Answer, Notice};
use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::queue::Side;
use crate::cluster::outcomes::index::index_next;
use crate::cluster::outcomes::join::join_if_made;
use crate::cluster::outcomes::revoke::revoke_all;
use crate::cluster::place::{Arrange, Place};
use crate::cluster::state::Cluster;
use crate::ids::{JobId, Ticket};
use crate::protocol::command::{ErrorCode, Priority};

pub(in crate::cluster) fn on_arrange_asked(cluster: &mut Cluster, ticket: Ticket, id: JobId, how: Arrange) {
    let answer = match arrange(cluster, &id, how) {
        Ok(()) => Answer::Arranged(id),
        Err((code, message)) => Answer::Error { code, message },
    };
    cluster.out.reply(ticket, answer);
}

fn arrange(cluster: &mut Cluster, id: &JobId, how: Arrange) -> Result<(), (ErrorCode, String)> {
    if cluster.jobs.get(id).is_none() {
        return Err((ErrorCode::JobNotFound, format!("there is no job {id} under way")));
    }
    match how {
        Arrange::Pause { now } => pause(cluster, id, now),
        Arrange::Resume => resume(cluster, id),
        Arrange::Priority(priority) => prioritize(cluster, id, priority),
        Arrange::Before(other) => put_beside(cluster, id, Side::Before, &other)?,
        Arrange::After(other) => put_beside(cluster, id, Side::After, &other)?,
    }
    Ok(())
}

/// The job starts nothing more. What runs goes on to its end, or goes back now and without blame.
fn pause(cluster: &mut Cluster, id: &JobId, now: bool) {
    set_paused(cluster, id, true);
    if now {
        revoke_all(cluster, id, "the job is paused");
    }
}

fn resume(cluster: &mut Cluster, id: &JobId) {
    set_paused(cluster, id, false);
    // All of it may have been made since.
    join_if_made(cluster, id);
    index_next(cluster);
}

fn set_paused(cluster: &mut Cluster, id: &JobId, paused: bool) {
    let is_so = |job: &Job| job.is_paused() == paused;
    let Some(mut job) = cluster.jobs.get_mut(id).filter(|job| !is_so(job)) else { return };
    job.set_paused(paused);
    drop(job);
    cluster.out.record(Change::Paused { job: id.clone(), paused });
    cluster.out.notice(Notice::JobPaused { job: id.clone(), paused });
}

fn put_beside(
    cluster: &mut Cluster,
    id: &JobId,
    side: Side,
    other: &JobId,
) -> Result<(), (ErrorCode, String)> {
    if cluster.jobs.get(other).is_none() {
        return Err((ErrorCode::JobNotFound, format!("there is no job {other} under way to move {id} to")));
    }
    if id == other {
        return Err((ErrorCode::InvalidRequest, format!("job {id} can't be moved to itself")));
    }
    let place = cluster.jobs[other].place();
    if let Some(gap) = cluster.jobs.queue().gap_beside(id, side, place) {
        cluster.jobs.move_to(id, gap);
        note_places(cluster, [(id.clone(), gap)]);
        return Ok(());
    }
    spread(cluster, place.priority());
    if let Some(gap) = cluster.jobs.queue().gap_beside(id, side, cluster.jobs[other].place()) {
        cluster.jobs.move_to(id, gap);
    }
    let moved = cluster.jobs.queue().of_priority(place.priority());
    note_places(cluster, moved);
    Ok(())
}

/// Puts the job behind all others of its new priority.
fn prioritize(cluster: &mut Cluster, id: &JobId, priority: Priority) {
    if cluster.jobs[id].place().priority() != priority {
        let place = cluster.jobs.queue().last_place(priority);
        cluster.jobs.move_to(id, place);
        note_places(cluster, [(id.clone(), place)]);
    }
}

/// Spreads the jobs of this priority evenly. Only needed after some thirty moves to the same place.
fn spread(cluster: &mut Cluster, priority: Priority) {
    // Ranks before and after could meet; behind all others they can't.
    for (id, _) in cluster.jobs.queue().of_priority(priority) {
        let place = cluster.jobs.queue().last_place(priority);
        cluster.jobs.move_to(&id, place);
    }
}

fn note_places(cluster: &mut Cluster, moved: impl IntoIterator<Item = (JobId, Place)>) {
    for (job, place) in moved {
        cluster.out.record(Change::Placed { job, place });
    }
}
