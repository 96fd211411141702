//! Who may be given work of a job.

use std::collections::BTreeSet;

use super::state::Cluster;
use crate::ids::{ClientId, JobId};
use crate::media::plan::film::Film;
use crate::time::Millis;

/// Who may be given work of this job: a client that failed its audit stands back while there is another that does not fail
/// itself. One that failed two gets nothing more of it.
pub(super) fn able_for_job(cluster: &Cluster, now: Millis, id: &JobId, film: &Film) -> BTreeSet<ClientId> {
    let mut able = cluster.roster.able_for(film);
    let suspect = cluster.jobs.get(id).and_then(|job| job.suspect.as_ref());
    able.retain(|one| suspect.is_none_or(|suspect| suspect.client != *one));
    let failed = |one: &ClientId| cluster.roster.failed_audit_of(one, id);
    let fails = |one: &ClientId| cluster.jobs.get(id).is_some_and(|job| job.failed_on(one));
    let is_well = |one: &ClientId| {
        cluster.roster.has_disk_for(one, now) && cluster.roster.is_in_good_standing(one) && !fails(one)
    };
    if able.iter().any(|one| !failed(one) && is_well(one)) {
        able.retain(|one| !failed(one));
    }
    able
}

pub(super) fn able_for_sound(cluster: &Cluster, now: Millis, id: &JobId, film: &Film) -> BTreeSet<ClientId> {
    let able = |client: &ClientId| {
        film.sound_encoders.iter().all(|encoder| cluster.roster.has_proved(client, encoder))
    };
    able_for_job(cluster, now, id, film).into_iter().filter(able).collect()
}
