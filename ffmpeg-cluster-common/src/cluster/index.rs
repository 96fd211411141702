//! When and how the frames of a job are listed.

use super::effect::Effects;
use super::hands::take_in_hand;
use super::job::{Job, Way};
use super::revoke::revoke_all;
use super::settle::settle;
use super::state::Cluster;
use crate::ids::JobId;
use crate::media::plan::film::IndexedBy;

/// Sources that are indexed at the same time; more would only share one disk.
const INDEXING_MAX: usize = 2;

/// Starts indexing the next jobs in the queue, as far as there is room.
pub(super) fn index_next(cluster: &mut Cluster, out: &mut Effects) {
    let busy = |(_, job): &(&JobId, &Job)| job.indexing.is_some() && !job.no_room;
    let room = INDEXING_MAX.saturating_sub(cluster.jobs.iter().filter(busy).count());
    let waits = |job: &Job| job.film.is_none() && job.indexing.is_none();
    let next = cluster
        .jobs
        .queue()
        .filter(|id| waits(&cluster.jobs[*id]) && !cluster.jobs[*id].is_deadly(&cluster.settings))
        .take(room);
    for id in next.cloned().collect::<Vec<_>>() {
        let way = Way { by: IndexedBy::Packets, one_piece: None };
        out.effects.push(way.effect(&id));
        cluster.jobs.get_mut(&id).expect("queued jobs exist").indexing = Some(way);
        take_in_hand(cluster, &id, out);
    }
}

/// The index does not tell the truth, or the film can't be cut: everything again, the safer way. What is kept
/// stays until the new index is in the record: a restart before that goes on as if nothing had been decided.
pub(super) fn index_again(cluster: &mut Cluster, id: &JobId, safer: Way, out: &mut Effects) {
    revoke_all(cluster, id, "the film is indexed again", out);
    // What clients listed is not kept beside pieces.
    let by = if safer.by == IndexedBy::Clients { IndexedBy::Decoding } else { safer.by };
    index_by(cluster, id, Way { by, ..safer }, out);
}

pub(super) fn index_by(cluster: &mut Cluster, id: &JobId, way: Way, out: &mut Effects) {
    let job = cluster.jobs.get_mut(id).expect("the caller has it");
    out.effects.push(way.effect(id));
    job.indexing = Some(way);
    take_in_hand(cluster, id, out);
    settle(cluster, id, out);
}

/// That clients gave up on a part of the list is in no record but that of its attempts.
pub(super) fn list_here_if_given_up(cluster: &mut Cluster, id: &JobId, out: &mut Effects) {
    let Some(job) = cluster.jobs.get(id).filter(|job| job.is_to_list()) else { return };
    if job.returned.values().any(|(_, returned)| returned.past.is_given_up(&cluster.settings)) {
        index_again(cluster, id, Way { by: IndexedBy::Decoding, one_piece: None }, out);
    }
}
