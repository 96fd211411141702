//! Which clients may get work from a job.

use std::collections::BTreeSet;

use crate::cluster::jobs::JobTrack;
use crate::cluster::jobs::job::Job;
use crate::cluster::roster::crew::Crew;
use crate::cluster::state::Cluster;
use crate::ids::ClientId;

/// Clients that get no work from this track although they could do it:
/// the suspect, which failed two audits of the job, and clients that failed one.
/// The latter are barred only while another able client works well.
pub(in crate::cluster) fn barred(cluster: &Cluster, at: &JobTrack) -> BTreeSet<ClientId> {
    let job = cluster.jobs.get(&at.job);
    let suspect = job.and_then(|job| job.doubts().suspect());
    let suspect = suspect.map(|suspect| suspect.client.clone());
    let caught = cluster.roster.liars.all_that_failed_audit_of(&at.job);
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

/// How many clients may get units of a track.
pub(in crate::cluster) struct Able<'a> {
    pub(in crate::cluster) cluster: &'a Cluster,
    pub(in crate::cluster) at: &'a JobTrack,
    barred: BTreeSet<ClientId>,
    pub(in crate::cluster) all: usize,
    /// Those of them that are not on probation.
    pub(in crate::cluster) well: usize,
}

impl<'a> Able<'a> {
    pub(in crate::cluster) fn of(cluster: &'a Cluster, at: &'a JobTrack) -> Self {
        let (crews, track, barred) = (&cluster.roster.crews, at.track(), barred(cluster, at));
        let crews_barred = || barred.iter().filter_map(|client| crews.able_crew_of(client, track));
        Self {
            cluster,
            at,
            all: crews.count_able_for(track) - crews_barred().count(),
            well: crews.count_well_for(track) - crews_barred().filter(|crew| !crew.is_on_probation()).count(),
            barred,
        }
    }

    pub(in crate::cluster) fn has(&self, client: &ClientId) -> bool {
        self.crew_of(client).is_some()
    }

    pub(in crate::cluster) fn has_well(&self, client: &ClientId) -> bool {
        self.crew_of(client).is_some_and(|crew| !crew.is_on_probation())
    }

    fn crew_of(&self, client: &ClientId) -> Option<&Crew> {
        let crew = self.cluster.roster.crews.able_crew_of(client, self.at.track());
        crew.filter(|_| !self.barred.contains(client))
    }

    /// The first client that is not on probation.
    pub(in crate::cluster) fn first_well(&self) -> Option<&'a ClientId> {
        let mut all = self.cluster.roster.crews.well_for(self.at.track());
        all.find(|client| !self.barred.contains(*client))
    }
}
