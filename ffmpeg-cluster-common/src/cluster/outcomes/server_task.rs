//! What the server does itself for a job: indexing, joining, proving. Where the server dies of it, it must not die of it at
//! every start.
//!
//! Before such work begins it is written down how many crashes there will have been if the server dies now; when it ends, or
//! the server stops in good order, that it did not.

use crate::cluster::change::Change;
use crate::cluster::effect::Effects;
use crate::cluster::state::Cluster;
use crate::ids::JobId;

/// The server begins to work on it.
pub(in crate::cluster) fn begin_server_task(cluster: &mut Cluster, id: &JobId, out: &mut Effects) {
    if cluster.draining {
        return;
    }
    tell_crashes(cluster, id, |seen| seen.saturating_add(1), out);
}

/// The server is done with it, for now.
pub(in crate::cluster) fn end_server_task(cluster: &mut Cluster, id: &JobId, out: &mut Effects) {
    let Some(mut job) = cluster.jobs.get_mut(id).filter(|job| !job.has_server_task()) else { return };
    job.crashes.seen = 0;
    drop(job);
    tell_crashes(cluster, id, |seen| seen, out);
}

/// A stop in good order is no crash.
pub(in crate::cluster) fn forget_server_tasks(cluster: &mut Cluster, out: &mut Effects) {
    let all: Vec<JobId> = cluster.jobs.iter().map(|(id, _)| id.clone()).collect();
    all.iter().for_each(|id| tell_crashes(cluster, id, |seen| seen, out));
}

fn tell_crashes(cluster: &mut Cluster, id: &JobId, told: impl Fn(u32) -> u32, out: &mut Effects) {
    let Some(mut job) = cluster.jobs.get_mut(id) else { return };
    let crashes = told(job.crashes.seen);
    if std::mem::replace(&mut job.crashes.told, crashes) != crashes {
        out.changes.push(Change::CrashesTold { job: id.clone(), crashes });
    }
}
