//! Which clients may be given work of a job.

use std::collections::BTreeSet;

use crate::cluster::jobs::TrackAt;
use crate::cluster::jobs::job::Job;
use crate::cluster::state::Cluster;
use crate::ids::ClientId;

/// Clients that get no work of this track although they could do it.
/// These are a client that failed two audits of the job, and clients that failed one.
/// The latter stay barred only while another able client works well.
pub(in crate::cluster) fn barred(cluster: &Cluster, at: &TrackAt) -> BTreeSet<ClientId> {
    let job = cluster.jobs.get(&at.job);
    let suspect = job.and_then(|job| job.suspect.as_ref());
    let suspect = suspect.map(|suspect| suspect.client.clone());
    let caught: BTreeSet<ClientId> =
        cluster.roster.liars.all_that_failed_audit_of(&at.job).into_iter().collect();
    if caught.is_empty() {
        return suspect.into_iter().collect();
    }
    let fails = |one: &ClientId| job.and_then(Job::making).is_some_and(|making| making.failed_on(one));
    let is_well = |one: &ClientId| {
        cluster.roster.has_disk_for(one) && cluster.roster.is_in_good_standing(one) && !fails(one)
    };
    let others = cluster.roster.crews.able_for(at.track()).filter(|one| suspect.as_ref() != Some(*one));
    let stand_back = others.filter(|one| !caught.contains(*one)).any(is_well);
    suspect.into_iter().chain(caught.into_iter().filter(|_| stand_back)).collect()
}
