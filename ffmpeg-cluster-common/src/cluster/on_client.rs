//! Clients come, speak, fall silent, and go.

use std::collections::{BTreeMap, BTreeSet};

use super::Cluster;
use super::change::Change;
use super::client::{Client, Link, Proved};
use super::disk::has_space;
use super::effect::{Answer, Effect, Effects, Notice};
use super::health::Health;
use super::lose::Why;
use super::timers::Timer;
use crate::fault::{Fault, FaultCode};
use crate::ids::{ClientId, LeaseId, SessionNo, Ticket};
use crate::limits::{GRACE_AFTER_CLOSE, SILENCE_MAX};
use crate::protocol::command::ErrorCode;
use crate::protocol::to_client::RefusalCode;
use crate::protocol::to_server::Hello;
use crate::time::{Millis, WallMillis};

/// Clients that went away and are still shown.
const GONE_SHOWN_MAX: usize = 100;

impl Cluster {
    pub(super) fn on_client_up(
        &mut self,
        now: Millis,
        id: ClientId,
        session: SessionNo,
        hello: Hello,
        at: WallMillis,
        out: &mut Effects,
    ) {
        let holding: BTreeSet<LeaseId> = hello.holding.iter().copied().collect();
        out.changes.push(Change::ClientSeen { client: id.clone(), name: hello.name.clone(), at });
        let back = self.greet(now, &id, session, hello, at, out);
        let promised = self.clients.get(&id).map(|client| client.leases.clone()).unwrap_or_default();
        for lost in promised.difference(&holding) {
            // Promised in an earlier life of ours, which may have ended before it said so: nobody tried anything.
            let why = if lost.boot == self.boot {
                Why::Fault(Fault::new(FaultCode::ClientLost, "the client came back without it"))
            } else {
                Why::Nobody
            };
            self.lose_lease(now, *lost, why, out);
        }
        // Not before: what was lost may have ended its job, and that took other leases along.
        let promised = self.clients.get(&id).map(|client| client.leases.clone()).unwrap_or_default();
        let still: Vec<LeaseId> = promised.intersection(&holding).copied().collect();
        out.effects.push(Effect::Welcome { client: id.clone(), session, holding: still });
        self.timers.set(now + SILENCE_MAX, Timer::Silence(id.clone()));
        let hello = &self.clients[&id].hello;
        let (name, cores) = (hello.name.clone(), hello.cores);
        let clients = self.connected();
        out.effects.push(Effect::Notice(Notice::ClientUp { client: id.clone(), name, cores, clients, back }));
        self.prove(&id);
        self.settle_all(out);
        self.look = true;
    }

    /// Puts the client on the books, or back on them; true where it was known. A newer session wins.
    fn greet(
        &mut self,
        now: Millis,
        id: &ClientId,
        session: SessionNo,
        hello: Hello,
        at: WallMillis,
        out: &mut Effects,
    ) -> bool {
        let Some(client) = self.clients.get_mut(id) else {
            let client = Client {
                hello,
                link: Link::Up(session),
                connected_at: at,
                heard_at: now,
                leases: BTreeSet::new(),
                speeds: self.remembered.remove(id).unwrap_or_default(),
                fps: None,
                health: Health::default(),
                finishing: false,
                full_until: Millis(0),
                troubled: BTreeMap::new(),
            };
            self.clients.insert(id.clone(), client);
            return false;
        };
        if let Link::Up(older) = client.link {
            let reason = "the same client connected again".to_owned();
            let code = RefusalCode::IdentityInUse;
            out.effects.push(Effect::CloseSession { client: id.clone(), session: older, code, reason });
        }
        (client.hello, client.link, client.connected_at, client.heard_at) =
            (hello, Link::Up(session), at, now);
        (client.finishing, client.full_until) = (false, Millis(0));
        self.unprove(id);
        true
    }

    pub(super) fn connected(&self) -> usize {
        self.clients.values().filter(|client| client.session().is_some()).count()
    }

    /// It can be given work, from now on, for all that it has proved.
    pub(super) fn prove(&mut self, id: &ClientId) {
        let Some(known) = self.clients.get(id) else { return };
        if known.session().is_none() || known.finishing || known.health.is_aside() || self.is_struck_out(id) {
            return;
        }
        let hardware = known.hello.devices.iter().flat_map(|device| &device.encoders);
        for encoder in known.hello.encoders.iter().chain(hardware) {
            self.able.entry(encoder.clone()).or_default().insert(id.clone());
        }
    }

    pub(super) fn unprove(&mut self, id: &ClientId) {
        self.able.retain(|_, clients| {
            clients.remove(id);
            !clients.is_empty()
        });
    }

    /// The client, if this is its living session.
    fn speaking(&mut self, id: &ClientId, session: SessionNo) -> Option<&mut Client> {
        self.clients.get_mut(id).filter(|client| client.link == Link::Up(session))
    }

    pub(super) fn on_abilities(
        &mut self,
        id: &ClientId,
        session: SessionNo,
        proved: Proved,
        out: &mut Effects,
    ) {
        let Some(client) = self.speaking(id, session) else { return };
        (client.hello.encoders, client.hello.devices) = (proved.encoders, proved.devices);
        self.unprove(id);
        self.prove(id);
        self.settle_all(out);
        self.look = true;
    }

    pub(super) fn on_heard(
        &mut self,
        now: Millis,
        id: &ClientId,
        session: SessionNo,
        free_disk: Option<u64>,
    ) {
        if let Some(client) = self.speaking(id, session) {
            client.heard_at = now;
            let before = client.hello.free_disk;
            client.hello.free_disk = free_disk.unwrap_or(before);
            self.look |= !has_space(before) && has_space(self.clients[id].hello.free_disk);
        }
    }

    pub(super) fn on_client_gone(
        &mut self,
        now: Millis,
        id: &ClientId,
        session: SessionNo,
        out: &mut Effects,
    ) {
        if self.speaking(id, session).is_some() {
            self.part(now, id, "its connection closed", out);
        }
    }

    /// The session is over; leases are kept for a while, for a client that comes back.
    fn part(&mut self, now: Millis, id: &ClientId, why: &str, out: &mut Effects) {
        self.unprove(id);
        let client = self.clients.get_mut(id).expect("the caller has it");
        let until = now + GRACE_AFTER_CLOSE;
        client.link = if client.leases.is_empty() { Link::Gone } else { Link::Grace { until } };
        if client.link != Link::Gone {
            self.timers.set(until, Timer::Grace(id.clone()));
        }
        let (name, clients) = (self.name_of(id), self.connected());
        out.effects.push(Effect::Notice(Notice::ClientGone {
            client: id.clone(),
            name,
            clients,
            why: why.to_owned(),
        }));
        self.forget_some();
        self.settle_all(out);
    }

    /// A list of those who went is for people; it may not grow for ever.
    fn forget_some(&mut self) {
        let gone = self.clients.iter().filter(|(_, client)| client.link == Link::Gone);
        let mut gone: Vec<(Millis, ClientId)> = gone.map(|(id, one)| (one.heard_at, id.clone())).collect();
        gone.sort();
        for (_, id) in gone.iter().take(gone.len().saturating_sub(GONE_SHOWN_MAX)) {
            let known = self.clients.remove(id).map(|client| (id.clone(), client.speeds));
            // Whoever was never measured is not worth remembering; there may be any number of them.
            self.remembered.extend(known.filter(|(_, speeds)| !speeds.is_empty()));
        }
    }

    pub(super) fn on_silence(&mut self, now: Millis, id: &ClientId, out: &mut Effects) {
        let Some(client) = self.clients.get(id) else { return };
        let Some(session) = client.session() else { return };
        let due = client.heard_at + SILENCE_MAX;
        if due > now {
            self.timers.set(due, Timer::Silence(id.clone()));
            return;
        }
        let reason = format!("nothing was heard for {} s", SILENCE_MAX.as_secs_f64());
        let code = RefusalCode::Silent;
        out.effects.push(Effect::CloseSession { client: id.clone(), session, code, reason: reason.clone() });
        self.part(now, id, &reason, out);
        self.lose_leases_of(now, id, &Why::Fault(Fault::new(FaultCode::ClientLost, reason)), out);
    }

    pub(super) fn on_grace_over(&mut self, now: Millis, id: &ClientId, out: &mut Effects) {
        let Some(client) = self.clients.get_mut(id) else { return };
        let Link::Grace { until } = client.link else { return };
        if until <= now {
            client.link = Link::Gone;
            let fault = Fault::new(FaultCode::ClientLost, "the client went away and did not come back");
            self.lose_leases_of(now, id, &Why::Fault(fault), out);
            self.forget_some();
        }
    }

    /// It was asked to stop and does so in good order: what it has not begun goes to others.
    pub(super) fn on_finishing(
        &mut self,
        now: Millis,
        id: &ClientId,
        session: SessionNo,
        returned: Vec<LeaseId>,
        out: &mut Effects,
    ) {
        let Some(client) = self.speaking(id, session) else { return };
        client.finishing = true;
        let theirs: Vec<LeaseId> =
            returned.into_iter().filter(|lease| client.leases.contains(lease)).collect();
        self.unprove(id);
        for lease in theirs {
            self.lose_lease(now, lease, Why::Nobody, out);
        }
        self.settle_all(out);
        self.look = true;
    }

    pub(super) fn on_leaving(&mut self, now: Millis, id: &ClientId, session: SessionNo, out: &mut Effects) {
        if self.speaking(id, session).is_some() {
            self.lose_leases_of(now, id, &Why::Nobody, out);
            self.part(now, id, "it stops, as it was asked to", out);
        }
    }

    pub(super) fn on_disconnect_asked(
        &mut self,
        now: Millis,
        ticket: Ticket,
        id: ClientId,
        out: &mut Effects,
    ) {
        let answer = match self.clients.get(&id).and_then(Client::session) {
            Some(session) => {
                let reason = "an operator disconnected this client".to_owned();
                let code = RefusalCode::Disconnected;
                out.effects.push(Effect::CloseSession { client: id.clone(), session, code, reason });
                self.lose_leases_of(now, &id, &Why::Nobody, out);
                self.part(now, &id, "an operator disconnected it", out);
                Answer::Disconnected(id)
            }
            None => {
                let message = format!("no client {id} is connected");
                Answer::Error { code: ErrorCode::ClientNotFound, message }
            }
        };
        out.effects.push(Effect::Reply { ticket, answer });
    }
}
