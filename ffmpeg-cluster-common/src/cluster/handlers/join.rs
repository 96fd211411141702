//! The server reports the progress and the end of a join.

use crate::cluster::jobs::stage::Stage;
use crate::cluster::outcomes::end::{End, end_job, on_job_fault};
use crate::cluster::outcomes::join::end_void_join;
use crate::cluster::outcomes::server_task::await_space;
use crate::cluster::state::Cluster;
use crate::fault::{Consequence, Fault};
use crate::ids::JobId;
use crate::media::proof::report::Report;
use crate::protocol::command::JobState;
use crate::text::counted;
use crate::time::WallMillis;

pub(in crate::cluster) fn on_joined(cluster: &mut Cluster, id: &JobId, report: Box<Report>, at: WallMillis) {
    if end_void_join(cluster, id) {
        return;
    }
    if cluster.jobs.get(id).is_some_and(|job| matches!(job.stage(), Stage::Joining(_))) {
        let why = format!("{} proved", counted(report.frames_result, report.noun()));
        end_job(cluster, id, End { state: JobState::Completed, why, report: Some(report), at });
    }
}

pub(in crate::cluster) fn on_join_failed(cluster: &mut Cluster, id: &JobId, fault: &Fault, at: WallMillis) {
    if end_void_join(cluster, id) {
        return;
    }
    if fault.code.meaning().then != Consequence::AwaitSpace {
        return on_job_fault(cluster, id, fault, at);
    }
    await_space(cluster, id);
}

pub(in crate::cluster) fn on_join_progress(cluster: &mut Cluster, id: &JobId, done: f32) {
    let Some(mut job) = cluster.jobs.get_mut(id) else { return };
    job.note_join_progress(done);
}
