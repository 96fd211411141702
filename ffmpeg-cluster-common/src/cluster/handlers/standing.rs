//! A pause may be over, an operator forgives a client, or a job waits for a second client.

use crate::cluster::change::Change;
use crate::cluster::effect::Answer;
use crate::cluster::effect::Effect;
use crate::cluster::effect::Effects;
use crate::cluster::jobs::suspect::LOOK_EVERY;
use crate::cluster::outcomes::blame::take_back;
use crate::cluster::outcomes::doubt::ADVICE;
use crate::cluster::outcomes::end::fail_job;
use crate::cluster::roster::liars::left;
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::ids::ClientId;
use crate::ids::JobId;
use crate::ids::Ticket;
use crate::protocol::command::ErrorCode;
use crate::time::Millis;

/// A pause may be over: of the client, its disk, one of its devices, or for its lies.
pub(in crate::cluster) fn on_back(cluster: &mut Cluster, now: Millis, client: &ClientId, out: &mut Effects) {
    cluster.roster.come_back(client, now);
    let strikes = cluster.roster.liars.strikes(client);
    if !strikes.is_empty() && left(strikes, cluster.wall(now)) == Millis(0) {
        let_in(cluster, client, "its time is over", out);
    }
}

pub(in crate::cluster) fn on_forgive_asked(
    cluster: &mut Cluster,
    ticket: Ticket,
    client: ClientId,
    out: &mut Effects,
) {
    let answer = if !cluster.roster.liars.strikes(&client).is_empty() {
        let_in(cluster, &client, "an operator forgave it", out);
        Answer::Forgiven(client)
    } else {
        let message = format!("nothing is held against a client {client}");
        Answer::Error { code: ErrorCode::ClientNotFound, message }
    };
    out.effects.push(Effect::Reply { ticket, answer });
}

fn let_in(cluster: &mut Cluster, client: &ClientId, why: &str, out: &mut Effects) {
    let was_out = cluster.roster.liars.forgive(client);
    cluster.roster.news.may_take_again(client);
    out.changes.push(Change::Forgiven { client: client.clone() });
    if was_out {
        take_back(cluster, client, why, out);
    }
}

/// Fails a job that has waited long enough for a client other than its suspect.
pub(in crate::cluster) fn on_witness(cluster: &mut Cluster, now: Millis, id: &JobId, out: &mut Effects) {
    let could = !cluster.draining && cluster.disk.missing(&cluster.jobs).is_none();
    let Some(mut job) = cluster.jobs.get_mut(id) else { return };
    let is_alone = could && job.is_open() && job.leases().next().is_none();
    let Some(suspect) = &mut job.suspect else { return };
    let waited = suspect.waited_long_enough(is_alone);
    let error = suspect.error(id, &cluster.roster.name_of(&suspect.client), ADVICE);
    drop(job);
    if !waited {
        return cluster.timers.set(now + LOOK_EVERY, Timer::Witness(id.clone()));
    }
    let at = cluster.wall(now);
    fail_job(cluster, id, error, at, out);
}
