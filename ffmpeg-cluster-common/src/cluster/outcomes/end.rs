//! A job ends: completed, failed or cancelled.

use crate::cluster::change::Change;
use crate::cluster::effect::{Effect, Notice};
use crate::cluster::event::SourceAt;
use crate::cluster::outcomes::index::index_next;
use crate::cluster::outcomes::revoke::revoke_all;
use crate::cluster::state::Cluster;
use crate::fault::Fault;
use crate::ids::JobId;
use crate::media::proof::report::Report;
use crate::protocol::command::JobState;
use crate::time::WallMillis;

/// How a job ends.
pub(in crate::cluster) struct End {
    pub(in crate::cluster) state: JobState,
    pub(in crate::cluster) why: String,
    /// The report about the result. None unless the job is completed.
    pub(in crate::cluster) report: Option<Box<Report>>,
    pub(in crate::cluster) at: WallMillis,
}

pub(in crate::cluster) fn on_job_fault(cluster: &mut Cluster, id: &JobId, fault: &Fault, at: WallMillis) {
    fail_job(cluster, id, fault.with_last_words(), at);
}

pub(in crate::cluster) fn fail_job(cluster: &mut Cluster, id: &JobId, error: String, at: WallMillis) {
    end_job(cluster, id, End { state: JobState::Failed, why: error, report: None, at });
}

pub(in crate::cluster) fn end_job(cluster: &mut Cluster, id: &JobId, end: End) {
    let End { state, why, report, at } = end;
    revoke_all(cluster, id, "the job has ended");
    let Some(job) = cluster.jobs.remove(id) else { return };
    let error = (state == JobState::Failed).then(|| why.clone());
    cluster.out.record(Change::JobEnded { job: id.clone(), state, at, error, report });
    cluster.out.stop_work(id);
    let source = match &job.spec().source {
        // Whoever sent a film need not send it again to try a failed job again.
        SourceAt::Upload(upload) if state != JobState::Failed => Some(upload.clone()),
        SourceAt::Upload(_) | SourceAt::LocalFile(_) | SourceAt::Sequence(_) => None,
    };
    cluster.out.perform(Effect::CleanJob { job: id.clone(), source });
    cluster.out.notice(Notice::JobEnded { job: id.clone(), state, why });
    index_next(cluster);
}

/// Fails the jobs whose server tasks crashed the server too often.
pub(in crate::cluster) fn fail_deadly(cluster: &mut Cluster, at: WallMillis) {
    let deadly: Vec<JobId> = cluster
        .jobs
        .iter()
        .filter(|(_, job)| job.crashes().are_deadly(&cluster.settings))
        .map(|(id, _)| id.clone())
        .collect();
    for id in deadly {
        let times = cluster.jobs[&id].crashes().seen();
        let error = format!(
            "the server crashed {times} times during its own work on this film (listing its frames, or joining and proving its result) and does not try again; if something else stopped the server, submit the film again"
        );
        fail_job(cluster, &id, error, at);
    }
}
