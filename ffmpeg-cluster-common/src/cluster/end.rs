//! A job ends: made, failed or cancelled.

use super::change::Change;
use super::effect::{Effect, Effects, Notice};
use super::event::SourceAt;
use super::index::index_next;
use super::revoke::revoke_all;
use super::state::Cluster;
use crate::fault::Fault;
use crate::ids::JobId;
use crate::media::proof::report::Report;
use crate::protocol::command::JobState;
use crate::time::WallMillis;

/// How a job ends.
pub(super) struct End {
    pub(super) state: JobState,
    pub(super) why: String,
    /// Of the film that was made.
    pub(super) report: Option<Box<Report>>,
    pub(super) at: WallMillis,
}

pub(super) fn on_job_fault(
    cluster: &mut Cluster,
    id: &JobId,
    fault: &Fault,
    at: WallMillis,
    out: &mut Effects,
) {
    fail_job(cluster, id, fault.with_last_words(), at, out);
}

pub(super) fn fail_job(cluster: &mut Cluster, id: &JobId, error: String, at: WallMillis, out: &mut Effects) {
    end_job(cluster, id, End { state: JobState::Failed, why: error, report: None, at }, out);
}

pub(super) fn end_job(cluster: &mut Cluster, id: &JobId, end: End, out: &mut Effects) {
    let End { state, why, report, at } = end;
    revoke_all(cluster, id, "the job has ended", out);
    let Some(job) = cluster.jobs.remove(id) else { return };
    let error = (state == JobState::Failed).then(|| why.clone());
    out.changes.push(Change::JobEnded { job: id.clone(), state, at, error, report });
    out.effects.push(Effect::StopWork { job: id.clone() });
    let source = match job.spec.source {
        SourceAt::Upload(upload) => Some(upload),
        SourceAt::LocalFile(_) | SourceAt::Sequence(_) => None,
    };
    out.effects.push(Effect::CleanJob { job: id.clone(), source });
    out.effects.push(Effect::Notice(Notice::JobEnded { job: id.clone(), state, why }));
    index_next(cluster, out);
}

/// Those at which the server died again and again end here.
pub(super) fn fail_deadly(cluster: &mut Cluster, at: WallMillis, out: &mut Effects) {
    let deadly: Vec<JobId> = cluster
        .jobs
        .iter()
        .filter(|(_, job)| job.is_deadly(&cluster.settings))
        .map(|(id, _)| id.clone())
        .collect();
    for id in deadly {
        let times = cluster.jobs[&id].crashes.seen;
        let error = format!(
            "the server died {times} times while it worked on this film itself, listing its frames or joining and \
             proving its result, and does not try once more; if something else stopped the server, hand the film in again"
        );
        fail_job(cluster, &id, error, at, out);
    }
}
