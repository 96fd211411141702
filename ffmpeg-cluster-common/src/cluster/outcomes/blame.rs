//! A client on which everything fails is paused, works on probation, and gets work as before once
//! it does well.

use crate::cluster::change::Past;
use crate::cluster::effect::{Effect, Effects, Notice};
use crate::cluster::jobs::lease::Taken;
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::ids::ClientId;
use crate::time::Millis;

pub(in crate::cluster) fn blame(
    cluster: &mut Cluster,
    now: Millis,
    taken: &Taken,
    past: &Past,
    out: &mut Effects,
) {
    if !cluster.roster.blame(taken, past) {
        return;
    }
    let id = &taken.lease.worker.client;
    let Some(until) = cluster.roster.pause(id, now) else { return };
    cluster.timers.set(until, Timer::Back(id.clone()));
    let why = cluster.roster.explain_pause(id, now).unwrap_or_default();
    let (client, name) = (id.clone(), cluster.roster.name_of(id));
    out.effects.push(Effect::Notice(Notice::SetAside { client, name, why }));
}

/// Announces that the client gets work as before.
pub(in crate::cluster) fn take_back(cluster: &mut Cluster, id: &ClientId, why: &str, out: &mut Effects) {
    let (client, name, why) = (id.clone(), cluster.roster.name_of(id), why.to_owned());
    out.effects.push(Effect::Notice(Notice::TakenBack { client, name, why }));
    cluster.roster.prove(id);
}
