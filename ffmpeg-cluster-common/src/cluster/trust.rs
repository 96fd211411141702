//! Clients that lie: what they did is remembered over reconnects and restarts, three lies in a day set a client aside for
//! a day.

use std::collections::BTreeMap;

use super::Cluster;
use super::change::{Change, Strike};
use super::doubt::Accused;
use super::effect::{Answer, Effect, Effects, Notice};
use super::lose::Why;
use super::roster::strikes::{STRIKES_WITHIN, left};
use super::timers::Timer;
use crate::fault::{Fault, FaultCode};
use crate::ids::{ClientId, LeaseId, Ticket};
use crate::protocol::command::ErrorCode;
use crate::time::Millis;

impl Cluster {
    /// Its piece is refused for a reason that only itself can be to blame for.
    pub(super) fn lied(&mut self, now: Millis, id: LeaseId, fault: Fault, out: &mut Effects) {
        let Some((_, lease)) = self.jobs.lease_of(id) else { return };
        let client = lease.worker.client.clone();
        let audited = self.jobs.job_of(id).filter(|_| fault.code == FaultCode::AuditFailed).cloned();
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
        if self.roster.is_struck_out(&client) {
            self.strike_out(now, &client, out);
        }
    }

    fn strike(&mut self, now: Millis, client: &ClientId, strike: Strike, out: &mut Effects) {
        let (why, name) = (strike.why.clone(), self.roster.name_of(client));
        out.changes.push(Change::Struck { client: client.clone(), strike: strike.clone() });
        let strikes = self.roster.strike(client, strike);
        self.timers.set(now + STRIKES_WITHIN, Timer::Served(client.clone()));
        out.effects.push(Effect::Notice(Notice::Struck { client: client.clone(), name, strikes, why }));
    }

    /// A liar is worse than nobody: this holds for the last client, too.
    fn strike_out(&mut self, now: Millis, client: &ClientId, out: &mut Effects) {
        let why = self.roster.explain_struck_out(client, self.wall(now)).unwrap_or_default();
        let (id, name) = (client.clone(), self.roster.name_of(client));
        out.effects.push(Effect::Notice(Notice::SetAside { client: id, name, why: why.clone() }));
        self.roster.unprove(client);
        let leases = self.roster.leases_of(client);
        leases.into_iter().for_each(|lease| self.tell_revoked(lease, &why, out));
        self.lose_leases_of(now, client, &Why::Nobody, out);
        self.settle_all(out);
    }

    pub(super) fn on_served(&mut self, now: Millis, client: &ClientId, out: &mut Effects) {
        let strikes = self.roster.strikes(client);
        if !strikes.is_empty() && left(strikes, self.wall(now)) == Millis(0) {
            self.let_in(client, "its time is over", out);
        }
    }

    pub(super) fn on_forgive_asked(&mut self, ticket: Ticket, client: ClientId, out: &mut Effects) {
        let answer = if !self.roster.strikes(&client).is_empty() {
            self.let_in(&client, "an operator forgave it", out);
            Answer::Forgiven(client)
        } else {
            let message = format!("nothing is held against a client {client}");
            Answer::Error { code: ErrorCode::ClientNotFound, message }
        };
        out.effects.push(Effect::Reply { ticket, answer });
    }

    fn let_in(&mut self, client: &ClientId, why: &str, out: &mut Effects) {
        let was_out = self.roster.forgive(client);
        out.changes.push(Change::Forgiven { client: client.clone() });
        if was_out {
            self.take_back(client, why, out);
        }
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
            self.roster.remember_strikes(client, all);
        }
    }
}
