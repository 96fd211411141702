//! Server tasks of a job: indexing, joining and proving.
//! If the server dies during a task, it must not die of the same task at every start.
//!
//! Before a task begins, the durable record gets the number of crashes as if the task had crashed.
//! When the task ends, or the server stops cleanly, the record gets the smaller number again.

use crate::cluster::change::Change;
use crate::cluster::disk::SPACE_AGAIN;
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::ids::JobId;

/// Records that a server task of the job begins.
pub(in crate::cluster) fn begin_server_task(cluster: &mut Cluster, id: &JobId) {
    if cluster.draining {
        return;
    }
    tell_crashes(cluster, id, |seen| seen.saturating_add(1));
}

/// Records that the job's server tasks have ended. Does nothing while one of them runs.
pub(in crate::cluster) fn end_server_task(cluster: &mut Cluster, id: &JobId) {
    let Some(mut job) = cluster.jobs.get_mut(id).filter(|job| !job.has_server_task()) else { return };
    job.crashes_mut().forget();
    drop(job);
    tell_crashes(cluster, id, |seen| seen);
}

/// Notes that a server task found no disk space, and tries it again later.
pub(in crate::cluster) fn await_space(cluster: &mut Cluster, id: &JobId) {
    let Some(mut job) = cluster.jobs.get_mut(id) else { return };
    job.note_no_space(true);
    drop(job);
    cluster.timers.set(cluster.now + SPACE_AGAIN, Timer::Space);
    end_server_task(cluster, id);
}

/// Records that no task ends in a crash, because the server stops cleanly.
pub(in crate::cluster) fn forget_server_tasks(cluster: &mut Cluster) {
    let all: Vec<JobId> = cluster.jobs.iter().map(|(id, _)| id.clone()).collect();
    all.iter().for_each(|id| tell_crashes(cluster, id, |seen| seen));
}

fn tell_crashes(cluster: &mut Cluster, id: &JobId, told: impl Fn(u32) -> u32) {
    let Some(mut job) = cluster.jobs.get_mut(id) else { return };
    let crashes = told(job.crashes().seen());
    if job.crashes_mut().tell(crashes) {
        cluster.out.record(Change::CrashesTold { job: id.clone(), crashes });
    }
}
