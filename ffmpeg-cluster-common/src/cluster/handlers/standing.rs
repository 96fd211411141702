//! A pause of a client ends, or an operator forgives the client.

use crate::cluster::change::Change;
use crate::cluster::effect::Answer;
use crate::cluster::outcomes::blame::take_back;
use crate::cluster::roster::liars::left;
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::ids::{ClientId, Ticket};
use crate::protocol::command::ErrorCode;
use crate::time::Millis;

/// A pause of the client, its disk or one of its devices, or for its lies, may be over.
pub(in crate::cluster) fn on_back(cluster: &mut Cluster, client: &ClientId) {
    cluster.roster.come_back(client, cluster.now);
    let strikes = cluster.roster.liars.strikes(client);
    if strikes.is_empty() {
        return;
    }
    match left(strikes, cluster.wall()) {
        Millis(0) => let_in(cluster, client, "its time is over"),
        // The timer was set for another pause, or the wall clock changed across a restart.
        left => cluster.timers.set(cluster.now + left, Timer::Back(client.clone())),
    }
}

pub(in crate::cluster) fn on_forgive_asked(cluster: &mut Cluster, ticket: Ticket, client: ClientId) {
    let answer = if !cluster.roster.liars.strikes(&client).is_empty() {
        let_in(cluster, &client, "an operator forgave it");
        Answer::Forgiven(client)
    } else {
        let message = format!("client {client} has no strikes");
        Answer::Error { code: ErrorCode::ClientNotFound, message }
    };
    cluster.out.reply(ticket, answer);
}

fn let_in(cluster: &mut Cluster, client: &ClientId, why: &str) {
    let was_out = cluster.roster.forgive(client);
    cluster.out.record(Change::Forgiven { client: client.clone() });
    if was_out {
        take_back(cluster, client, why);
    }
}
