//! What the cluster no longer trusts after a piece failed its audit: the work of its client,
//! or the measure itself.
//!
//! The measure is the server's own encode with the job's parameters.
//! A job can make the measure wrong, by parameters that do not work
//! in segments or by two different builds of ffmpeg.
//! So one job costs a client at most one strike, and no piece of another job.

use crate::cluster::change::Change;
use crate::cluster::effect::Notice;
use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::stage::Stage;
use crate::cluster::jobs::suspect::{CHECK_EVERY, Suspect};
use crate::cluster::outcomes::blame::take_back;
use crate::cluster::outcomes::end::fail_job;
use crate::cluster::outcomes::lose::{LossReason, lose_lease};
use crate::cluster::outcomes::remake::make_again;
use crate::cluster::outcomes::revoke::tell_revoked;
use crate::cluster::outcomes::settle::tell_state;
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::fault::Fault;
use crate::ids::{ClientId, JobId, LeaseId};

pub(in crate::cluster) const ADVICE: &str = "so nobody is called a liar for it, and the job does not continue. Give the server and its clients the \
                      same release of ffmpeg and submit the film again; if it fails again, look at these clients, or start the \
                      server with --audit 0";

/// A client whose piece failed its audit, and the fault.
pub(in crate::cluster) struct Accused<'a> {
    pub(in crate::cluster) client: &'a ClientId,
    pub(in crate::cluster) fault: &'a Fault,
}

/// If another client has already failed an audit of this job, the measure is more doubtful than
/// two clients: fails the job and takes its strikes back.
/// Returns false if this is the first client.
pub(in crate::cluster) fn doubt_measure(cluster: &mut Cluster, id: &JobId, accused: &Accused) -> bool {
    let Some((first, why)) = witness(cluster, id, accused.client) else { return false };
    let error = format!(
        "the audit of job {id} is in doubt: {} (made by {}); and {} (made by {}). If the pieces of two clients differ from the server's own encode, the server may measure wrongly, {ADVICE}",
        why,
        cluster.roster.who(first).name,
        accused.fault.message,
        cluster.roster.who(accused.client).name
    );
    take_strikes_back(cluster, id);
    let at = cluster.wall();
    fail_job(cluster, id, error, at);
    true
}

/// Another client that failed an audit of this job, and why. Returns None if there is none.
fn witness<'a>(cluster: &'a Cluster, id: &JobId, client: &ClientId) -> Option<(&'a ClientId, &'a str)> {
    let suspect = cluster.jobs.get(id).and_then(|job| job.doubts().suspect());
    let suspect = suspect.filter(|one| one.client != *client).map(|one| (&one.client, one.why.as_str()));
    suspect.or_else(|| cluster.roster.liars.other_that_failed(id, client))
}

/// If this client has already failed an audit of this job, takes back the strikes of the job and
/// gives the client no more work from it.
/// The second failure of one client is no second witness.
/// Returns false for its first failure.
pub(in crate::cluster) fn mark_suspect(cluster: &mut Cluster, id: &JobId, accused: &Accused) -> bool {
    if !cluster.roster.liars.failed_audit_of(accused.client, id) {
        return false;
    }
    take_strikes_back(cluster, id);
    if let Some(mut job) = cluster.jobs.get_mut(id) {
        job.doubts_mut().set_suspect(Suspect::new(accused.client.clone(), accused.fault.message.clone()));
        cluster.timers.set(cluster.now + CHECK_EVERY, Timer::Witness(id.clone()));
    }
    true
}

fn take_strikes_back(cluster: &mut Cluster, id: &JobId) {
    cluster.out.record(Change::StrikesTakenBack { job: id.clone() });
    for client in cluster.roster.take_strikes_back(id) {
        take_back(cluster, &client, "the audit that it failed is in doubt");
    }
}

/// Stops trusting the client: its pieces of this job are made again,
/// and other clients get its leases of this job.
/// If audits of more than one job say that it lies,
/// its pieces of all other current jobs are made again, too.
pub(in crate::cluster) fn doubt(cluster: &mut Cluster, client: &ClientId, by: &JobId) {
    let everywhere = cluster.roster.liars.caught_in(client).len() > 1;
    let jobs: Vec<JobId> =
        cluster.jobs.queue().iter().filter(|id| everywhere || *id == by).cloned().collect();
    for id in jobs {
        let job = &cluster.jobs[&id];
        let theirs = job.pieces().filter(|piece| piece.client == *client);
        let theirs: Vec<LeaseId> = theirs.map(|piece| piece.lease).collect();
        if !theirs.is_empty() {
            doubt_pieces(cluster, &id, client, &theirs);
        }
    }
    take_from(cluster, client, by);
}

fn take_from(cluster: &mut Cluster, client: &ClientId, id: &JobId) {
    let leases = cluster.jobs.get(id).into_iter().flat_map(Job::leases);
    let theirs = leases.filter(|(_, lease)| lease.worker.client == *client).map(|(lease, _)| *lease);
    for lease in theirs.collect::<Vec<_>>() {
        tell_revoked(cluster, lease, "another piece of this job by this client failed its audit");
        lose_lease(cluster, lease, LossReason::Nobody);
    }
}

fn doubt_pieces(cluster: &mut Cluster, id: &JobId, client: &ClientId, theirs: &[LeaseId]) {
    let joined = matches!(cluster.jobs[id].stage(), Stage::Joining(_));
    let frames = make_again(cluster, id, theirs);
    let client = cluster.roster.who(client);
    cluster.out.notice(Notice::Doubted { job: id.clone(), client, pieces: theirs.len(), frames });
    if joined {
        tell_state(cluster, id, "pieces of a client that lied are encoded again");
    }
}
