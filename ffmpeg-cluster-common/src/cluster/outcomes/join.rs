//! Joins a job when all its pieces are kept.

use crate::cluster::effect::Effect;
use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::making::Making;
use crate::cluster::jobs::stage::IndexPlan;
use crate::cluster::outcomes::index::index_by;
use crate::cluster::outcomes::seams::settle_any_dispute;
use crate::cluster::outcomes::server_task::{begin_server_task, end_server_task};
use crate::cluster::outcomes::settle::tell_state;
use crate::cluster::state::Cluster;
use crate::ids::JobId;
use crate::media::plan::film::IndexedBy;

/// Ends a join whose pieces are no longer trusted; its result is ignored.
/// Returns false if the join that has ended is the current one.
pub(in crate::cluster) fn end_void_join(cluster: &mut Cluster, id: &JobId) -> bool {
    let was_void = cluster.jobs.get_mut(id).is_some_and(|mut job| job.end_void_join());
    if was_void {
        end_server_task(cluster, id);
    }
    was_void
}

/// Joins the job if nothing is left to do. A film that clients only listed gets its index instead.
pub(in crate::cluster) fn join_if_made(cluster: &mut Cluster, id: &JobId) {
    let job = cluster.jobs.get(id).filter(|job| !job.is_paused());
    if !job.and_then(Job::under_way).is_some_and(Making::is_made) {
        return;
    }
    if cluster.jobs.is_to_list(id) {
        return index_by(cluster, id, IndexPlan { by: IndexedBy::Clients, one_piece: None });
    }
    // A crash may have interrupted a dispute, which would otherwise be forgotten.
    if settle_any_dispute(cluster, id) {
        return;
    }
    if let Some(mut job) = cluster.jobs.get_mut(id) {
        job.begin_join();
    }
    tell_state(cluster, id, "all pieces are here");
    begin_server_task(cluster, id);
    cluster.out.perform(Effect::Join { job: id.clone() });
}
