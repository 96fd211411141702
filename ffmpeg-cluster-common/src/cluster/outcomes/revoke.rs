//! Leases that end without blame.

use crate::cluster::change::{Attempt, Change};
use crate::cluster::effect::Effect;
use crate::cluster::jobs::JobTrack;
use crate::cluster::jobs::lease::{RemovedLease, Returned};
use crate::cluster::state::Cluster;
use crate::ids::{JobId, LeaseId};
use crate::protocol::to_client::ToClient;
use crate::time::Millis;

pub(in crate::cluster) fn take_lease(cluster: &mut Cluster, id: LeaseId) -> Option<RemovedLease> {
    let taken = cluster.jobs.take(id)?;
    cluster.roster.release(&taken.lease.worker.client, id);
    Some(taken)
}

pub(in crate::cluster) fn end_without_blame(cluster: &mut Cluster, taken: RemovedLease) {
    let end = ended(&taken, None);
    let RemovedLease { job: id, lease, .. } = taken;
    // A twin goes on with the segment.
    if lease.twin.is_none() {
        let units = lease.segment.units;
        let returned = lease.past.map(|past| Returned { units, past, not_before: Millis(0) });
        cluster.jobs.give_back(&id, lease.segment, returned);
    }
    cluster.out.record(end);
}

/// The record of a lease that ends without a piece.
pub(in crate::cluster) fn ended(taken: &RemovedLease, attempt: Option<Attempt>) -> Change {
    let RemovedLease { id, job, lease } = taken;
    let (segment, client) = (lease.segment, lease.worker.client.clone());
    Change::LeaseEnded { job: job.clone(), lease: *id, segment, client, attempt }
}

/// Ends all leases of a job without blame, and tells its clients.
pub(in crate::cluster) fn revoke_all(cluster: &mut Cluster, id: &JobId, reason: &str) {
    let leases = cluster.jobs.get(id).into_iter().flat_map(|job| job.leases());
    revoke(cluster, leases.map(|(lease, _)| *lease).collect(), reason);
}

/// Ends all leases of one track without blame, and tells its clients.
pub(in crate::cluster) fn revoke_track(cluster: &mut Cluster, at: &JobTrack, reason: &str) {
    let leases = cluster.jobs.get(&at.job).into_iter().flat_map(|job| job.leases());
    let of_track = leases.filter(|(_, lease)| lease.segment.track == at.number);
    revoke(cluster, of_track.map(|(id, _)| *id).collect(), reason);
}

fn revoke(cluster: &mut Cluster, leases: Vec<LeaseId>, reason: &str) {
    for lease_id in leases {
        tell_revoked(cluster, lease_id, reason);
        if let Some(taken) = take_lease(cluster, lease_id) {
            cluster.out.perform(Effect::DiscardPiece { lease: lease_id, job: taken.job.clone() });
            end_without_blame(cluster, taken);
        }
    }
}

pub(in crate::cluster) fn tell_revoked(cluster: &mut Cluster, id: LeaseId, reason: &str) {
    let Some((_, lease)) = cluster.jobs.lease_of(id) else { return };
    let client = lease.worker.client.clone();
    cluster.say(&client, ToClient::Revoke { lease: id, reason: reason.to_owned() });
}
