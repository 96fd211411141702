//! Clients connect, fall silent, and leave.

use std::collections::BTreeSet;

use crate::cluster::change::Change;
use crate::cluster::effect::{Answer, Effect, Notice};
use crate::cluster::outcomes::lose::{LossReason, lose_lease, lose_leases_of};
use crate::cluster::roster::Greeted;
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::fault::{Fault, FaultCode};
use crate::ids::{ClientId, LeaseId, SessionNo, Ticket};
use crate::limits::{GRACE_AFTER_CLOSE, SILENCE_MAX};
use crate::protocol::command::ErrorCode;
use crate::protocol::to_client::{RefusalCode, ToClient};
use crate::protocol::to_server::Hello;
use crate::time::WallMillis;

pub(in crate::cluster) fn on_client_up(
    cluster: &mut Cluster,
    id: ClientId,
    session: SessionNo,
    hello: Hello,
    at: WallMillis,
) {
    let holding: BTreeSet<LeaseId> = hello.holding.iter().copied().collect();
    cluster.out.record(Change::ClientSeen { client: id.clone(), name: hello.name.clone(), at });
    let cores = hello.cores;
    let Greeted { back, older } = cluster.roster.greet(&id, session, hello, cluster.now, at);
    if let Some(older) = older {
        let (code, message) = (RefusalCode::IdentityInUse, "the same client connected again".to_owned());
        cluster.out.say(&id, older, ToClient::Refused { code, message });
    }
    let promised = cluster.roster.leases_of(&id);
    for lost in promised.difference(&holding) {
        // An earlier run of the server may have granted the lease and ended before it told the
        // client, so this is no attempt.
        let why = if cluster.jobs.is_of_this_boot(*lost) {
            LossReason::Fault(Fault::new(FaultCode::ClientLost, "the client reconnected without this lease"))
        } else {
            LossReason::Nobody
        };
        lose_lease(cluster, *lost, why);
    }
    // Read again, because losing a lease may have ended its job and with it other leases.
    let promised = cluster.roster.leases_of(&id);
    let still: Vec<LeaseId> = promised.intersection(&holding).copied().collect();
    cluster.out.perform(Effect::Welcome { client: id.clone(), session, holding: still });
    cluster.timers.set(cluster.now + SILENCE_MAX, Timer::Silence(id.clone()));
    let clients = cluster.roster.connected_count();
    cluster.out.notice(Notice::ClientUp { client: cluster.roster.who(&id), cores, clients, back });
    cluster.roster.prove(&id);
}

pub(in crate::cluster) fn on_client_gone(cluster: &mut Cluster, id: &ClientId, session: SessionNo) {
    if cluster.roster.speaks(id, session) {
        end_session(cluster, id, "its connection closed");
    }
}

/// Ends the session. Leases are kept for a while, in case the client comes back.
fn end_session(cluster: &mut Cluster, id: &ClientId, why: &str) {
    let until = cluster.now + GRACE_AFTER_CLOSE;
    if cluster.roster.end_session(id, until) {
        cluster.timers.set(until, Timer::Grace(id.clone()));
    }
    let (client, clients) = (cluster.roster.who(id), cluster.roster.connected_count());
    cluster.out.notice(Notice::ClientGone { client, clients, why: why.to_owned() });
    cluster.roster.forget_some();
}

pub(in crate::cluster) fn on_silence(cluster: &mut Cluster, id: &ClientId) {
    let Some(client) = cluster.roster.get(id) else { return };
    if client.session().is_none() {
        return;
    }
    let due = client.heard_at + SILENCE_MAX;
    if due > cluster.now {
        cluster.timers.set(due, Timer::Silence(id.clone()));
        return;
    }
    let reason = format!("nothing was heard for {} s", SILENCE_MAX.as_secs_f64());
    cluster.say(id, ToClient::Refused { code: RefusalCode::Silent, message: reason.clone() });
    end_session(cluster, id, &reason);
    lose_leases_of(cluster, id, &LossReason::Fault(Fault::new(FaultCode::ClientLost, reason)));
}

pub(in crate::cluster) fn on_grace_over(cluster: &mut Cluster, id: &ClientId) {
    if cluster.roster.end_grace(id, cluster.now) {
        let fault = Fault::new(FaultCode::ClientLost, "the client disconnected and did not come back");
        lose_leases_of(cluster, id, &LossReason::Fault(fault));
        cluster.roster.forget_some();
    }
}

/// The client shuts down cleanly: leases that it has not begun go to other clients.
pub(in crate::cluster) fn on_finishing(
    cluster: &mut Cluster,
    id: &ClientId,
    session: SessionNo,
    returned: Vec<LeaseId>,
) {
    if !cluster.roster.set_finishing(id, session) {
        return;
    }
    let held = cluster.roster.leases_of(id);
    for lease in returned.into_iter().filter(|lease| held.contains(lease)) {
        lose_lease(cluster, lease, LossReason::Nobody);
    }
}

pub(in crate::cluster) fn on_leaving(cluster: &mut Cluster, id: &ClientId, session: SessionNo) {
    if cluster.roster.speaks(id, session) {
        lose_leases_of(cluster, id, &LossReason::Nobody);
        end_session(cluster, id, "it shut down cleanly");
    }
}

pub(in crate::cluster) fn on_disconnect_asked(cluster: &mut Cluster, ticket: Ticket, id: ClientId) {
    let answer = match cluster.roster.session(&id) {
        Some(session) => {
            let (code, message) =
                (RefusalCode::Disconnected, "an operator disconnected this client".to_owned());
            cluster.out.say(&id, session, ToClient::Refused { code, message });
            lose_leases_of(cluster, &id, &LossReason::Nobody);
            end_session(cluster, &id, "an operator disconnected it");
            Answer::Disconnected(id)
        }
        None => {
            let message = format!("client {id} is not connected");
            Answer::Error { code: ErrorCode::ClientNotFound, message }
        }
    };
    cluster.out.reply(ticket, answer);
}
