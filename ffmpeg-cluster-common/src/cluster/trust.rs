//! Clients that lie: what they did is remembered over reconnects and restarts, three lies in a day set a client aside for
//! a day.

use std::collections::BTreeMap;

use super::Cluster;
use super::change::{Change, Strike};
use super::doubt::Accused;
use super::effect::{Answer, Effect, Effects, Notice};
use super::lose::Why;
use super::timers::Timer;
use crate::fault::{Fault, FaultCode};
use crate::ids::{ClientId, LeaseId, Ticket};
use crate::protocol::command::ErrorCode;
use crate::time::{Millis, WallMillis};

/// So many lies set a client aside.
pub const STRIKES_MAX: usize = 3;
/// What is longer ago does not count; and so long a client stays aside after its last lie.
pub const STRIKES_WITHIN: Millis = Millis::secs(24 * 3_600);

/// What is left of its time. A clock that was set back makes it no longer than a whole one.
fn left(strikes: &[Strike], wall: WallMillis) -> Millis {
    let last = strikes.last().map_or(0, |strike| strike.at.0);
    Millis((last + STRIKES_WITHIN.0).saturating_sub(wall.0)).min(STRIKES_WITHIN)
}

impl Cluster {
    pub(super) fn is_struck_out(&self, client: &ClientId) -> bool {
        self.strikes.get(client).is_some_and(|all| all.len() >= STRIKES_MAX)
    }

    /// For people.
    pub(super) fn explain_struck_out(&self, client: &ClientId, now: Millis) -> Option<String> {
        let strikes = self.strikes.get(client).filter(|_| self.is_struck_out(client))?;
        let hours = left(strikes, self.wall(now)).as_secs_f64() / 3_600.0;
        let (times, last) = (strikes.len(), strikes.last().map_or("", |strike| strike.why.as_str()));
        Some(format!(
            "set aside for {hours:.1} h, because it sent {times} false pieces within a day ({last}); ForgiveClient lets it in sooner"
        ))
    }

    /// Its piece is refused for a reason that only itself can be to blame for.
    pub(super) fn lied(&mut self, now: Millis, id: LeaseId, fault: Fault, out: &mut Effects) {
        let Some((_, lease)) = self.lease_of(id) else { return };
        let client = lease.worker.client.clone();
        let audited = self.leases.get(&id).filter(|_| fault.code == FaultCode::AuditFailed).cloned();
        if audited.as_ref().is_some_and(|job| {
            self.doubts_measure(now, job, &Accused { client: &client, fault: &fault }, out)
        }) {
            return;
        }
        self.tell_revoked(id, &fault.message, out);
        let strike = Strike { at: self.wall(now), why: fault.message.clone(), job: audited.clone() };
        self.strike(now, &client, strike, out);
        self.lose_lease(now, id, Why::Lie(fault), out);
        if let Some(job) = audited {
            self.doubt(now, &client, &job, out);
        }
        if self.is_struck_out(&client) {
            self.strike_out(now, &client, out);
        }
    }

    fn strike(&mut self, now: Millis, client: &ClientId, strike: Strike, out: &mut Effects) {
        let why = strike.why.clone();
        out.changes.push(Change::Struck { client: client.clone(), strike: strike.clone() });
        let name = self.name_of(client);
        let all = self.strikes.entry(client.clone()).or_default();
        all.retain(|older| older.at.0 + STRIKES_WITHIN.0 > strike.at.0);
        all.push(strike);
        let strikes = all.len();
        self.timers.set(now + STRIKES_WITHIN, Timer::Served(client.clone()));
        out.effects.push(Effect::Notice(Notice::Struck { client: client.clone(), name, strikes, why }));
    }

    /// A liar is worse than nobody: this holds for the last client, too.
    fn strike_out(&mut self, now: Millis, client: &ClientId, out: &mut Effects) {
        let why = self.explain_struck_out(client, now).unwrap_or_default();
        let (id, name) = (client.clone(), self.name_of(client));
        out.effects.push(Effect::Notice(Notice::SetAside { client: id, name, why: why.clone() }));
        self.unprove(client);
        let leases = self.clients.get(client).map(|known| known.leases.clone()).unwrap_or_default();
        leases.into_iter().for_each(|lease| self.tell_revoked(lease, &why, out));
        self.lose_leases_of(now, client, &Why::Nobody, out);
        self.settle_all(out);
    }

    pub(super) fn on_served(&mut self, now: Millis, client: &ClientId, out: &mut Effects) {
        let Some(strikes) = self.strikes.get(client) else { return };
        if left(strikes, self.wall(now)) == Millis(0) {
            self.let_in(client, "its time is over", out);
        }
    }

    pub(super) fn on_forgive_asked(&mut self, ticket: Ticket, client: ClientId, out: &mut Effects) {
        let answer = if self.strikes.contains_key(&client) {
            self.let_in(&client, "an operator forgave it", out);
            Answer::Forgiven(client)
        } else {
            let message = format!("nothing is held against a client {client}");
            Answer::Error { code: ErrorCode::ClientNotFound, message }
        };
        out.effects.push(Effect::Reply { ticket, answer });
    }

    fn let_in(&mut self, client: &ClientId, why: &str, out: &mut Effects) {
        let was_out = self.is_struck_out(client);
        self.strikes.remove(client);
        out.changes.push(Change::Forgiven { client: client.clone() });
        if was_out {
            self.take_back(client, why, out);
        }
    }

    /// It is set aside no longer.
    pub(super) fn take_back(&mut self, client: &ClientId, why: &str, out: &mut Effects) {
        let (id, name, why) = (client.clone(), self.name_of(client), why.to_owned());
        out.effects.push(Effect::Notice(Notice::TakenBack { client: id, name, why }));
        self.prove(client);
        self.settle_all(out);
        self.look = true;
    }

    pub(super) fn remember_strikes(
        &mut self,
        strikes: BTreeMap<ClientId, Vec<Strike>>,
        now: Millis,
        out: &mut Effects,
    ) {
        for (client, all) in strikes {
            let left = left(&all, self.wall(now));
            if left == Millis(0) {
                out.changes.push(Change::Forgiven { client });
                continue;
            }
            self.timers.set(now + left, Timer::Served(client.clone()));
            self.strikes.insert(client, all);
        }
    }
}
