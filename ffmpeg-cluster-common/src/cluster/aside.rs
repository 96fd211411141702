//! A client is set aside because everything fails on it, gets a trial, and is taken back.

use super::Cluster;
use super::effect::{Effect, Effects, Notice};
use super::lease::{Past, Taken};
use super::timers::Timer;
use crate::ids::ClientId;
use crate::time::Millis;

impl Cluster {
    pub(super) fn blame(&mut self, now: Millis, taken: &Taken, past: &Past, out: &mut Effects) {
        if !self.roster.blame(taken, past) {
            return;
        }
        let id = &taken.lease.worker.client;
        let until = self.roster.set_aside(id, now);
        self.timers.set(until, Timer::Trial(id.clone()));
        let why = self.roster.get(id).and_then(|known| known.health.explain(now)).unwrap_or_default();
        let (client, name) = (id.clone(), self.roster.name_of(id));
        out.effects.push(Effect::Notice(Notice::SetAside { client, name, why }));
        self.settle_all(out);
    }

    pub(super) fn on_trial(&mut self, now: Millis, id: &ClientId, out: &mut Effects) {
        if self.roster.try_again(id, now) {
            self.settle_all(out);
            self.look = true;
        }
    }

    /// It is set aside no longer.
    pub(super) fn take_back(&mut self, id: &ClientId, why: &str, out: &mut Effects) {
        let (client, name, why) = (id.clone(), self.roster.name_of(id), why.to_owned());
        out.effects.push(Effect::Notice(Notice::TakenBack { client, name, why }));
        self.roster.prove(id);
        self.settle_all(out);
        self.look = true;
    }
}
