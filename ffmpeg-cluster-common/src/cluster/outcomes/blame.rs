//! A client on which everything fails is paused, then works on probation, and gets work as before
//! once it succeeds.

use crate::cluster::change::FailureHistory;
use crate::cluster::effect::Notice;
use crate::cluster::jobs::lease::RemovedLease;
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::ids::ClientId;

pub(in crate::cluster) fn blame(cluster: &mut Cluster, taken: &RemovedLease, past: &FailureHistory) {
    if !cluster.roster.blame(taken, past) {
        return;
    }
    let id = &taken.lease.worker.client;
    let Some(until) = cluster.roster.pause(id, cluster.now) else { return };
    cluster.timers.set(until, Timer::Back(id.clone()));
    let why = cluster.roster.explain_pause(id, cluster.now).unwrap_or_default();
    cluster.out.notice(Notice::SetAside { client: cluster.roster.who(id), why });
}

/// Announces that the client gets work as before.
pub(in crate::cluster) fn take_back(cluster: &mut Cluster, id: &ClientId, why: &str) {
    cluster.out.notice(Notice::TakenBack { client: cluster.roster.who(id), why: why.to_owned() });
}
