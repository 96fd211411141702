//! A job that is made is joined, and what comes of that.

use super::disk::SPACE_AGAIN;
use super::effect::{Effect, Effects};
use super::end::{End, end_job, on_job_fault};
use super::hands::{let_go, take_in_hand};
use super::index::index_by;
use super::job::Job;
use super::making::Making;
use super::seams::is_disputed;
use super::settle::tell_state;
use super::stage::{Stage, Way};
use super::state::Cluster;
use super::timers::Timer;
use crate::fault::{Fault, Then};
use crate::ids::JobId;
use crate::media::plan::film::IndexedBy;
use crate::media::proof::report::Report;
use crate::protocol::command::JobState;
use crate::text::counted;
use crate::time::{Millis, WallMillis};

/// A join that ended now was of pieces that are doubted since.
pub(super) fn is_void(cluster: &mut Cluster, id: &JobId, out: &mut Effects) -> bool {
    let Some(mut job) = cluster.jobs.get_mut(id).filter(|job| job.joins_void > 0) else { return false };
    job.joins_void -= 1;
    drop(job);
    let_go(cluster, id, out);
    true
}

/// Joins when nothing else is left to do; of a film that was only listed, the frame list is made.
pub(super) fn join_if_made(cluster: &mut Cluster, id: &JobId, out: &mut Effects) {
    if !cluster.jobs.get(id).and_then(Job::under_way).is_some_and(Making::is_made) {
        return;
    }
    if cluster.jobs.is_to_list(id) {
        return index_by(cluster, id, Way { by: IndexedBy::Clients, one_piece: None }, out);
    }
    // A dispute that a crash cut short would be forgotten otherwise.
    if is_disputed(cluster, id, out) {
        return;
    }
    if let Some(mut job) = cluster.jobs.get_mut(id) {
        job.begin_join();
    }
    tell_state(cluster, id, "all pieces are here", out);
    take_in_hand(cluster, id, out);
    out.effects.push(Effect::Join { job: id.clone() });
}

pub(super) fn on_join_failed(
    cluster: &mut Cluster,
    now: Millis,
    id: &JobId,
    fault: &Fault,
    at: WallMillis,
    out: &mut Effects,
) {
    if is_void(cluster, id, out) {
        return;
    }
    if fault.code.meaning().then != Then::AwaitSpace {
        return on_job_fault(cluster, id, fault, at, out);
    }
    let Some(mut job) = cluster.jobs.get_mut(id) else { return };
    job.stage.note_no_space(true);
    drop(job);
    cluster.timers.set(now + SPACE_AGAIN, Timer::Space);
    let_go(cluster, id, out);
}

pub(super) fn on_join_progress(cluster: &mut Cluster, id: &JobId, done: f32) {
    let Some(mut job) = cluster.jobs.get_mut(id) else { return };
    if let Stage::Joining(joining) = &mut job.stage {
        joining.done = done.clamp(0.0, 1.0);
    }
}

pub(super) fn on_joined(
    cluster: &mut Cluster,
    id: &JobId,
    report: Box<Report>,
    at: WallMillis,
    out: &mut Effects,
) {
    if is_void(cluster, id, out) {
        return;
    }
    if cluster.jobs.get(id).is_some_and(|job| matches!(job.stage, Stage::Joining(_))) {
        let why = format!("{} proved", counted(report.frames_result, "frame"));
        end_job(cluster, id, End { state: JobState::Completed, why, report: Some(report), at }, out);
    }
}
