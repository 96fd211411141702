//! Jobs are submitted, indexed, started and cancelled, or wait for a client other than their suspect.

use crate::cluster::change::Change;
use crate::cluster::effect::{Answer, Effect, Notice};
use crate::cluster::event::JobSpec;
use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::stage::Stage;
use crate::cluster::jobs::suspect::CHECK_EVERY;
use crate::cluster::outcomes::doubt::ADVICE;
use crate::cluster::outcomes::end::{End, end_job, fail_job, on_job_fault};
use crate::cluster::outcomes::index::index_next;
use crate::cluster::outcomes::join::join_if_made;
use crate::cluster::outcomes::server_task::{
    await_space, begin_server_task, end_server_task, forget_server_tasks,
};
use crate::cluster::place::Place;
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::fault::{Consequence, Fault};
use crate::ids::{JobId, Ticket};
use crate::media::plan::film::Film;
use crate::protocol::command::{ErrorCode, JobState};
use crate::time::WallMillis;

pub(in crate::cluster) fn on_submitted(
    cluster: &mut Cluster,
    ticket: Ticket,
    id: JobId,
    spec: JobSpec,
    at: WallMillis,
) {
    if cluster.draining {
        let message = "the server is stopping; submit the film again when it is back".to_owned();
        cluster.out.reply(ticket, Answer::Error { code: ErrorCode::Busy, message });
        return;
    }
    cluster.out.record(Change::JobAdded { job: id.clone(), spec: Box::new(spec.clone()), at });
    cluster.out.reply(ticket, Answer::JobCreated(id.clone()));
    cluster.out.notice(Notice::JobAccepted {
        job: id.clone(),
        file_name: spec.file_name.clone(),
        params: spec.params_text.clone(),
        output_name: spec.output_name.clone(),
    });
    let place = Place::new(spec.priority, 0);
    let place = cluster.jobs.add(id.clone(), spec, place);
    cluster.out.record(Change::Placed { job: id, place });
    index_next(cluster);
}

pub(in crate::cluster) fn on_indexed(cluster: &mut Cluster, id: JobId, film: Film) {
    if !cluster.jobs.get(&id).is_some_and(is_indexed) {
        return;
    }
    cluster.out.record(Change::FilmKnown { job: id.clone(), film: Box::new(film.clone()) });
    cluster.out.notice(indexed(&id, &film));
    let old = cluster.jobs.begin(&id, film);
    cluster.out.effects.extend(old.into_iter().map(|lease| Effect::DiscardPiece { lease, job: id.clone() }));
    end_server_task(cluster, &id);
    // If all streams are copied, nothing is to be made.
    join_if_made(cluster, &id);
    index_next(cluster);
}

pub(in crate::cluster) fn on_index_failed(cluster: &mut Cluster, id: &JobId, fault: &Fault, at: WallMillis) {
    if fault.code.meaning().then != Consequence::AwaitSpace {
        return on_job_fault(cluster, id, fault, at);
    }
    if !cluster.jobs.get(id).is_some_and(is_indexed) {
        return;
    }
    await_space(cluster, id);
    index_next(cluster);
}

fn is_indexed(job: &Job) -> bool {
    matches!(job.stage(), Stage::Indexing(_))
}

/// Retries all server tasks that wait for disk space; the attempt shows whether there is enough.
pub(in crate::cluster) fn on_space(cluster: &mut Cluster) {
    for id in cluster.jobs.take_waiting() {
        let Some(again) = cluster.jobs.get(&id).and_then(|job| job.stage().server_task(&id)) else {
            continue;
        };
        begin_server_task(cluster, &id);
        cluster.out.perform(again);
    }
    index_next(cluster);
}

pub(in crate::cluster) fn on_cancel_asked(cluster: &mut Cluster, ticket: Ticket, id: JobId, at: WallMillis) {
    let answer = if cluster.jobs.get(&id).is_some() {
        let why = "cancelled as asked".to_owned();
        end_job(cluster, &id, End { state: JobState::Cancelled, why, report: None, at });
        Answer::Cancelled(id)
    } else {
        let message = format!("there is no job {id} to cancel");
        Answer::Error { code: ErrorCode::JobNotFound, message }
    };
    cluster.out.reply(ticket, answer);
}

/// One client is enough from now on. More are welcome, as always.
pub(in crate::cluster) fn on_start_asked(cluster: &mut Cluster, ticket: Ticket, id: JobId) {
    let Some(mut job) = cluster.jobs.get_mut(&id) else {
        let message = format!("there is no job {id} to start");
        return cluster.out.reply(ticket, Answer::Error { code: ErrorCode::JobNotFound, message });
    };
    let is_fewer = job.want_one_client();
    drop(job);
    if is_fewer {
        cluster.out.record(Change::ClientsWanted { job: id.clone(), clients: 1 });
    }
    cluster.out.reply(ticket, Answer::Started(id));
}

fn indexed(id: &JobId, film: &Film) -> Notice {
    let job = id.clone();
    let first = film.first();
    if film.is_to_list() {
        return Notice::JobToList { job, packets: first.units };
    }
    Notice::JobIndexed {
        job,
        frames: film.frames(),
        cuts: first.cuts.count(),
        by: film.indexed_by,
        sound: film.sounds().next().is_some(),
        one_piece: first.whole().map(str::to_owned),
    }
}

pub(in crate::cluster) fn on_drain(cluster: &mut Cluster) {
    cluster.draining = true;
    forget_server_tasks(cluster);
    cluster.out.perform(Effect::SayDraining);
}

/// Fails a job that has waited long enough for a client other than its suspect.
pub(in crate::cluster) fn on_witness(cluster: &mut Cluster, id: &JobId) {
    let could = !cluster.draining && cluster.disk.missing(&cluster.jobs).is_none();
    let Some(mut job) = cluster.jobs.get_mut(id) else { return };
    let is_alone = could && job.is_open() && job.leases().next().is_none();
    let Some(suspect) = job.doubts_mut().suspect_mut() else { return };
    let waited = suspect.count_check(is_alone);
    let error = suspect.error(id, &cluster.roster.who(&suspect.client).name, ADVICE);
    drop(job);
    if !waited {
        return cluster.timers.set(cluster.now + CHECK_EVERY, Timer::Witness(id.clone()));
    }
    let at = cluster.wall();
    fail_job(cluster, id, error, at);
}
