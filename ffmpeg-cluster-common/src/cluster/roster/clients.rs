//! The standing of clients.
//! A client on which everything fails is paused, and comes back on probation.
//! A client whose disk was full gets no work for a while.

use super::book::Roster;
use super::client::Client;
use super::standing::{OF_CLIENT, OF_DEVICE, OF_DISK, Place, Standing};
use crate::cluster::change::{FailureHistory, Strike};
use crate::cluster::jobs::lease::RemovedLease;
use crate::ids::{ClientId, JobId};
use crate::time::{Millis, WallMillis};

impl Roster {
    /// Counts a failure against its client. Returns true if the client must be paused.
    /// Frames that fail on two clients are themselves to blame, so they count against neither.
    /// A client that only disconnected is not to blame: its connection is.
    pub(in crate::cluster) fn blame(&mut self, taken: &RemovedLease, past: &FailureHistory) -> bool {
        let (client, what) = (&taken.lease.worker.client, (taken.job.clone(), taken.lease.segment));
        if past.failed_on.len() > 1 {
            for one in &past.failed_on {
                if let Some(client) = self.clients.get_mut(one) {
                    client.failed.remove(&what);
                }
            }
            return false;
        }
        let others = self.crews.has_well_beside(client);
        if !past.fault.code.meaning().blame.is_on_client() {
            return false;
        }
        let Some(known) = self.clients.get_mut(client) else { return false };
        known.failed.insert(what);
        known.last_fault = past.fault.message.clone();
        // If there is no other client, the job fails with this fault instead of waiting.
        others && known.standing.is_enough(&OF_CLIENT, known.failed.len())
    }

    /// Pauses the client. Returns when the pause ends, or None if the client is unknown.
    pub(in crate::cluster) fn pause(&mut self, id: &ClientId, now: Millis) -> Option<Millis> {
        let until = self.clients.get_mut(id)?.standing.pause(&OF_CLIENT, now);
        self.unprove(id);
        Some(until)
    }

    /// Ends each pause of the client, its disk and its devices whose time is over.
    pub(in crate::cluster) fn come_back(&mut self, id: &ClientId, now: Millis) {
        let Some(known) = self.clients.get_mut(id) else { return };
        known.disk.come_back(&OF_DISK, now);
        known.devices.values_mut().for_each(|device| _ = device.standing.come_back(&OF_DEVICE, now));
        if known.standing.come_back(&OF_CLIENT, now) {
            self.prove(id);
        }
        self.news.mark_able(id);
    }

    /// Clears all failures of a client whose piece was kept.
    /// Returns true if the client was not in good standing.
    pub(in crate::cluster) fn clear_failures(&mut self, id: &ClientId) -> bool {
        let Some(known) = self.clients.get_mut(id) else { return false };
        known.failed.clear();
        let was_apart = !std::mem::take(&mut known.standing).is_good();
        if was_apart {
            // The client moves to the crew of those in good standing.
            self.unprove(id);
            self.prove(id);
        }
        was_apart
    }

    pub(in crate::cluster) fn is_on_probation(&self, id: &ClientId) -> bool {
        self.clients.get(id).is_some_and(|known| known.standing.place == Place::Probation)
    }

    pub(in crate::cluster) fn is_in_good_standing(&self, id: &ClientId) -> bool {
        self.clients.get(id).is_some_and(|known| known.standing.is_good())
    }

    /// Whether the client may get a lease if it has a free slot.
    pub(in crate::cluster) fn may_take(&self, id: &ClientId) -> bool {
        self.clients.get(id).is_some_and(|known| {
            let one_at_a_time = known.standing.place == Place::Probation;
            known.session().is_some() && known.has_disk() && (!one_at_a_time || known.leases.is_empty())
        })
    }

    /// Whether the client's own disk has space for another piece.
    pub(in crate::cluster) fn has_disk_for(&self, id: &ClientId) -> bool {
        self.clients.get(id).is_some_and(Client::has_disk)
    }

    /// Pauses the client's disk, which was full.
    /// Returns when the pause ends, or None if the client is unknown.
    /// After the pause, the client gets work again if it reports enough free space.
    pub(in crate::cluster) fn pause_disk(&mut self, id: &ClientId, now: Millis) -> Option<Millis> {
        let until = self.clients.get_mut(id)?.disk.pause(&OF_DISK, now);
        self.news.mark_clients_changed();
        Some(until)
    }

    /// Adds a strike. Returns the number of strikes within the last day.
    /// Too many strikes exclude the client from work.
    pub(in crate::cluster) fn strike(&mut self, id: &ClientId, strike: Strike, now: Millis) -> usize {
        let strikes = self.liars.add(id, strike, now);
        self.news.mark_clients_changed();
        if self.liars.is_struck_out(id) {
            self.unprove(id);
        }
        strikes
    }

    /// Deletes all strikes of the client. Returns true if it was paused for them.
    pub(in crate::cluster) fn forgive(&mut self, id: &ClientId) -> bool {
        let was_out = self.liars.forgive(id);
        self.prove(id);
        self.news.mark_able(id);
        was_out
    }

    /// Deletes all strikes for audits of this job. Returns the clients whose pause that ended.
    pub(in crate::cluster) fn take_strikes_back(&mut self, job: &JobId) -> Vec<ClientId> {
        let mut let_in = Vec::new();
        for id in self.liars.all_that_failed_audit_of(job) {
            let was_out = self.liars.take_back(&id, job);
            self.prove(&id);
            self.news.mark_able(&id);
            let_in.extend(was_out.then_some(id));
        }
        let_in
    }

    /// Why the client gets no work, or one segment at a time. Returns None if it is in good
    /// standing.
    pub(in crate::cluster) fn explain_apart(
        &self,
        id: &ClientId,
        now: Millis,
        wall: WallMillis,
    ) -> Option<String> {
        self.liars.explain(id, wall).or_else(|| self.explain_pause(id, now))
    }

    pub(in crate::cluster) fn explain_pause(&self, id: &ClientId, now: Millis) -> Option<String> {
        let known = self.clients.get(id)?;
        let (Standing { place, .. }, last) = (&known.standing, &known.last_fault);
        match place {
            Place::Good => None,
            Place::Paused { until } => {
                let left = (*until - now).as_secs_f64();
                Some(format!("set aside, because everything fails on it ({last}); on trial in {left:.0} s"))
            }
            Place::Probation => {
                Some(format!("on trial with one segment, because everything failed ({last})"))
            }
        }
    }
}
