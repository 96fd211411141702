//! The list of clients: which are connected, which have left, and which leases each holds.

use std::collections::{BTreeMap, BTreeSet};

use super::client::{Client, Link, Machine, Proved};
use super::crews::Crews;
use super::liars::Liars;
use super::news::News;
use super::standing::Standing;
use crate::cluster::disk::has_space;
use crate::cluster::notice::Who;
use crate::ids::{ClientId, LeaseId, SessionNo};
use crate::media::plan::track::WorkKind;
use crate::protocol::to_server::Hello;
use crate::time::{Millis, WallMillis};

/// The most clients that stay listed after they left.
const GONE_SHOWN_MAX: usize = 100;

#[derive(Debug, Default)]
pub(in crate::cluster) struct Roster {
    pub(super) clients: BTreeMap<ClientId, Client>,
    /// Clients that may get work, by what they can do.
    pub(in crate::cluster) crews: Crews,
    pub(super) news: News,
    connected: BTreeSet<ClientId>,
    /// Clients that left, with the time at which each was last heard; the earliest first.
    gone: BTreeSet<(Millis, ClientId)>,
    /// Speeds of clients that are not listed now.
    pub(super) remembered: BTreeMap<ClientId, BTreeMap<WorkKind, f64>>,
    pub(in crate::cluster) liars: Liars,
}

/// What the roster knew about a client before it connected.
pub(in crate::cluster) struct Greeted {
    pub(in crate::cluster) back: bool,
    /// An older session of the client, which ends because the newer one wins.
    pub(in crate::cluster) older: Option<SessionNo>,
}

impl Roster {
    pub(in crate::cluster) const fn news(&mut self) -> &mut News {
        &mut self.news
    }

    pub(in crate::cluster) fn get(&self, id: &ClientId) -> Option<&Client> {
        self.clients.get(id)
    }

    pub(in crate::cluster) fn iter(&self) -> impl Iterator<Item = (&ClientId, &Client)> {
        self.clients.iter()
    }

    pub(in crate::cluster) fn connected(&self) -> impl Iterator<Item = (&ClientId, &Client)> {
        self.connected.iter().filter_map(|id| self.clients.get_key_value(id))
    }

    pub(in crate::cluster) fn connected_count(&self) -> usize {
        self.connected.len()
    }

    pub(in crate::cluster) fn session(&self, id: &ClientId) -> Option<SessionNo> {
        self.clients.get(id)?.session()
    }

    /// The client as people know it: by its name, or by its identity if it is unknown.
    pub(in crate::cluster) fn who(&self, id: &ClientId) -> Who {
        let name = self.clients.get(id).map_or_else(|| id.to_string(), |client| client.name.clone());
        Who { id: id.clone(), name }
    }

    pub(in crate::cluster) fn leases_of(&self, id: &ClientId) -> BTreeSet<LeaseId> {
        self.clients.get(id).map(|client| client.leases.clone()).unwrap_or_default()
    }

    /// Lists the client as connected. It gets no work before [`Roster::prove`].
    pub(in crate::cluster) fn greet(
        &mut self,
        id: &ClientId,
        session: SessionNo,
        hello: Hello,
        now: Millis,
        at: WallMillis,
    ) -> Greeted {
        self.connected.insert(id.clone());
        self.unprove(id);
        let back = self.clients.contains_key(id);
        let speeds = self.remembered.remove(id).unwrap_or_default();
        let away = || Client::away(hello.name.clone(), Link::Gone, speeds);
        let client = self.clients.entry(id.clone()).or_insert_with(away);
        let older = client.session();
        self.gone.remove(&(client.heard_at, id.clone()));
        (client.link, client.connected_at, client.heard_at) = (Link::Up(session), at, now);
        (client.finishing, client.disk) = (false, Standing::default());
        client.name.clone_from(&hello.name);
        let mut machine = Machine::from(hello);
        self.crews.share(&mut machine.decodes);
        client.machine = Some(machine);
        client.forget_told();
        Greeted { back, older }
    }

    /// Lists a client that had leases when the server stopped, and waits for it.
    /// Returns true if it was not listed yet.
    pub(in crate::cluster) fn expect_back(&mut self, id: &ClientId, name: &str, until: Millis) -> bool {
        if self.clients.contains_key(id) {
            return false;
        }
        let speeds = self.remembered.remove(id).unwrap_or_default();
        self.clients.insert(id.clone(), Client::away(name.to_owned(), Link::Grace { until }, speeds));
        true
    }

    /// Lets the client get work from now on, unless it is finishing or paused.
    pub(in crate::cluster) fn prove(&mut self, id: &ClientId) {
        let Some(known) = self.clients.get(id) else { return };
        if known.session().is_none()
            || known.finishing
            || known.standing.is_paused()
            || self.liars.is_struck_out(id)
        {
            return;
        }
        if self.crews.of(id).is_none() {
            self.crews.enlist(id, known);
        }
        self.news.mark_able(id);
    }

    pub(in crate::cluster) fn unprove(&mut self, id: &ClientId) {
        if self.clients.get(id).is_some_and(|known| self.crews.dismiss(id, known)) {
            self.news.mark_clients_changed();
        }
    }

    /// The client, if this is its current session.
    fn speaking(&mut self, id: &ClientId, session: SessionNo) -> Option<&mut Client> {
        self.clients.get_mut(id).filter(|client| client.link == Link::Up(session))
    }

    /// Whether this is the client's current session.
    pub(in crate::cluster) fn speaks(&self, id: &ClientId, session: SessionNo) -> bool {
        self.clients.get(id).is_some_and(|client| client.link == Link::Up(session))
    }

    /// Replaces the encoders and devices that the client has proved.
    pub(in crate::cluster) fn update_proved(&mut self, id: &ClientId, session: SessionNo, proved: Proved) {
        if self.speaking(id, session).is_none() {
            return;
        }
        self.unprove(id);
        if let Some(machine) = self.clients.get_mut(id).and_then(|client| client.machine.as_mut()) {
            (machine.told.encoders, machine.told.devices) = (proved.encoders, proved.devices);
        }
        self.prove(id);
    }

    /// Notes that the client sent a message, which may report its free disk space in bytes.
    pub(in crate::cluster) fn note_heard(
        &mut self,
        id: &ClientId,
        session: SessionNo,
        free_disk: Option<u64>,
        now: Millis,
    ) {
        let Some(client) = self.speaking(id, session) else { return };
        client.heard_at = now;
        let Some(machine) = &mut client.machine else { return };
        let free = &mut machine.told.free_disk;
        let before = std::mem::replace(free, free_disk.unwrap_or(*free));
        if has_space(before) != has_space(*free) {
            self.news.mark_able(id);
        }
    }

    /// Lets the client finish its running encodes without new leases.
    /// Returns false if this is not its current session.
    pub(in crate::cluster) fn set_finishing(&mut self, id: &ClientId, session: SessionNo) -> bool {
        let Some(client) = self.speaking(id, session) else { return false };
        client.finishing = true;
        self.unprove(id);
        true
    }

    /// Ends the client's session. Returns true if it has leases, which are kept until `until`.
    pub(in crate::cluster) fn end_session(&mut self, id: &ClientId, until: Millis) -> bool {
        self.unprove(id);
        self.connected.remove(id);
        let Some(client) = self.clients.get_mut(id) else { return false };
        client.forget_told();
        client.link = if client.leases.is_empty() { Link::Gone } else { Link::Grace { until } };
        if client.link == Link::Gone {
            self.gone.insert((client.heard_at, id.clone()));
        }
        client.link != Link::Gone
    }

    /// Gives up a client whose time to reconnect is over.
    /// Returns false if the client reconnected or has time left.
    pub(in crate::cluster) fn end_grace(&mut self, id: &ClientId, now: Millis) -> bool {
        let Some(client) = self.clients.get_mut(id) else { return false };
        let Link::Grace { until } = client.link else { return false };
        if until <= now {
            client.link = Link::Gone;
            self.gone.insert((client.heard_at, id.clone()));
        }
        client.link == Link::Gone
    }

    /// Shortens the list of clients that left. The list is for people, and must stay bounded.
    pub(in crate::cluster) fn forget_some(&mut self) {
        while self.gone.len() > GONE_SHOWN_MAX {
            let Some((_, id)) = self.gone.pop_first() else { return };
            let known = self.clients.remove(&id).map(|client| (id, client.speeds));
            // Clients that were never measured are not worth remembering,
            // and there may be any number of them.
            self.remembered.extend(known.filter(|(_, speeds)| !speeds.is_empty()));
        }
    }

    pub(in crate::cluster) fn hold(&mut self, id: &ClientId, lease: LeaseId) {
        if let Some(client) = self.clients.get_mut(id) {
            client.leases.insert(lease);
        }
    }

    pub(in crate::cluster) fn release(&mut self, id: &ClientId, lease: LeaseId) {
        if let Some(client) = self.clients.get_mut(id) {
            client.leases.remove(&lease);
            self.news.mark_free(id);
        }
    }

    pub(in crate::cluster) fn sizes(&self) -> (usize, usize) {
        (self.clients.len(), self.remembered.len())
    }

    /// Panics and names the broken invariant.
    pub(in crate::cluster) fn check(&self) {
        self.crews.check(&self.clients);
        self.liars.check();
        let up = self.clients.iter().filter(|(_, client)| client.session().is_some());
        assert_eq!(up.map(|(id, _)| id.clone()).collect::<BTreeSet<_>>(), self.connected, "who is connected");
        let gone = self.clients.iter().filter(|(_, client)| client.link == Link::Gone);
        let gone: BTreeSet<_> = gone.map(|(id, client)| (client.heard_at, id.clone())).collect();
        assert_eq!(gone, self.gone, "who is gone");
    }
}
