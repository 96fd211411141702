//! A client is set aside because everything fails on it, gets a trial, and is taken back.

use super::change::Past;
use super::effect::{Effect, Effects, Notice};
use super::lease::Taken;
use super::state::Cluster;
use super::timers::Timer;
use crate::ids::ClientId;
use crate::time::Millis;

pub(super) fn blame(cluster: &mut Cluster, now: Millis, taken: &Taken, past: &Past, out: &mut Effects) {
    if !cluster.roster.blame(taken, past) {
        return;
    }
    let id = &taken.lease.worker.client;
    let until = cluster.roster.set_aside(id, now);
    cluster.timers.set(until, Timer::Trial(id.clone()));
    let why = cluster.roster.get(id).and_then(|known| known.health.explain(now)).unwrap_or_default();
    let (client, name) = (id.clone(), cluster.roster.name_of(id));
    out.effects.push(Effect::Notice(Notice::SetAside { client, name, why }));
}

/// It is set aside no longer.
pub(super) fn take_back(cluster: &mut Cluster, id: &ClientId, why: &str, out: &mut Effects) {
    let (client, name, why) = (id.clone(), cluster.roster.name_of(id), why.to_owned());
    out.effects.push(Effect::Notice(Notice::TakenBack { client, name, why }));
    cluster.roster.prove(id);
}
