//! When and how the frames of a job are listed.

use crate::cluster::jobs::TrackBook;
use crate::cluster::jobs::stage::IndexPlan;
use crate::cluster::outcomes::revoke::revoke_all;
use crate::cluster::outcomes::server_task::begin_server_task;
use crate::cluster::state::Cluster;
use crate::ids::JobId;
use crate::media::plan::film::IndexedBy;

/// The most sources that are indexed at the same time; more would only share one disk.
const INDEXING_MAX: usize = 2;

/// Starts indexing the next jobs in the queue, as long as there are free places.
pub(in crate::cluster) fn index_next(cluster: &mut Cluster) {
    let free = INDEXING_MAX.saturating_sub(cluster.jobs.indexing());
    let is_deadly = |id: &&JobId| cluster.jobs[*id].crashes().are_deadly(&cluster.settings);
    let next: Vec<JobId> = cluster.jobs.to_index().filter(|id| !is_deadly(id)).take(free).cloned().collect();
    for id in next {
        let way = IndexPlan { by: IndexedBy::Packets, one_piece: None };
        index_by(cluster, &id, way);
    }
}

/// Makes the film again in a safer way, because its index is wrong or the film can't be cut.
/// Kept pieces stay until the new index is in the durable record.
/// After a restart before that, the job continues as if nothing had been decided.
pub(in crate::cluster) fn index_again(cluster: &mut Cluster, id: &JobId, safer: IndexPlan) {
    revoke_all(cluster, id, "the film is indexed again");
    // The lists that clients made are gone once pieces are kept.
    let by = if safer.by == IndexedBy::Clients { IndexedBy::Decoding } else { safer.by };
    index_by(cluster, id, IndexPlan { by, ..safer });
}

pub(in crate::cluster) fn index_by(cluster: &mut Cluster, id: &JobId, way: IndexPlan) {
    cluster.out.perform(way.effect(id));
    if let Some(mut job) = cluster.jobs.get_mut(id) {
        job.begin_index(way);
    }
    begin_server_task(cluster, id);
}

/// Lists the frames on the server if clients gave up on a part of the list.
/// After a restart, only the attempts in the durable record show that.
pub(in crate::cluster) fn list_here_if_given_up(cluster: &mut Cluster, id: &JobId) {
    let Some(job) = cluster.jobs.get(id).filter(|job| job.is_to_list()) else { return };
    let is_given_up = |book: &TrackBook| {
        book.returned().iter().any(|returned| returned.past.is_given_up(&cluster.settings))
    };
    if job.tracks().any(|(_, book)| is_given_up(book)) {
        index_again(cluster, id, IndexPlan { by: IndexedBy::Decoding, one_piece: None });
    }
}
