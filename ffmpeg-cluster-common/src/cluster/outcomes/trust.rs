//! Clients that lie.
//! Strikes survive reconnects and restarts; three within a day pause a client for a day.

use std::collections::BTreeMap;

use crate::cluster::change::{Change, Strike};
use crate::cluster::effect::Notice;
use crate::cluster::outcomes::doubt::{Accused, doubt, doubt_measure, mark_suspect};
use crate::cluster::outcomes::lose::{LossReason, lose_lease, lose_leases_of};
use crate::cluster::outcomes::revoke::tell_revoked;
use crate::cluster::roster::liars::{STRIKES_WITHIN, left};
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::fault::{Consequence, Fault};
use crate::ids::{ClientId, LeaseId};
use crate::time::Millis;

/// Refuses a piece for a reason that only its client can be blamed for.
pub(in crate::cluster) fn refuse_lie(cluster: &mut Cluster, id: LeaseId, fault: Fault) {
    let Some((_, lease)) = cluster.jobs.lease_of(id) else { return };
    let client = lease.worker.client.clone();
    let audited =
        cluster.jobs.job_of(id).filter(|_| fault.code.meaning().then == Consequence::DoubtClient).cloned();
    let accused = Accused { client: &client, fault: &fault };
    if audited.as_ref().is_some_and(|job| doubt_measure(cluster, job, &accused)) {
        return;
    }
    tell_revoked(cluster, id, &fault.message);
    if !audited.as_ref().is_some_and(|job| mark_suspect(cluster, job, &accused)) {
        let strike = Strike { at: cluster.wall(), why: fault.message.clone(), job: audited.clone() };
        count_lie(cluster, &client, strike);
    }
    lose_lease(cluster, id, LossReason::Lie(fault));
    if let Some(job) = audited {
        doubt(cluster, &client, &job);
    }
    if cluster.roster.liars.is_struck_out(&client) {
        strike_out(cluster, &client);
    }
}

fn count_lie(cluster: &mut Cluster, client: &ClientId, strike: Strike) {
    let why = strike.why.clone();
    cluster.out.record(Change::Struck { client: client.clone(), strike: strike.clone() });
    let strikes = cluster.roster.strike(client, strike, cluster.now);
    cluster.timers.set(cluster.now + STRIKES_WITHIN, Timer::Back(client.clone()));
    cluster.out.notice(Notice::Struck { client: cluster.roster.who(client), strikes, why });
}

/// Pauses a liar even if no other client is left, because false pieces are worse than none.
fn strike_out(cluster: &mut Cluster, client: &ClientId) {
    let why = cluster.roster.liars.explain(client, cluster.wall()).unwrap_or_default();
    cluster.out.notice(Notice::SetAside { client: cluster.roster.who(client), why: why.clone() });
    let leases = cluster.roster.leases_of(client);
    leases.into_iter().for_each(|lease| tell_revoked(cluster, lease, &why));
    lose_leases_of(cluster, client, &LossReason::Nobody);
}

pub(in crate::cluster) fn remember_strikes(cluster: &mut Cluster, strikes: BTreeMap<ClientId, Vec<Strike>>) {
    for (client, all) in strikes {
        let left = left(&all, cluster.wall());
        if left == Millis(0) {
            cluster.out.record(Change::Forgiven { client });
            continue;
        }
        cluster.timers.set(cluster.now + left, Timer::Back(client.clone()));
        cluster.roster.liars.remember(client, all, cluster.now + left);
    }
}
