//! A client that fails everything is set aside, and comes back after a trial: one segment that is kept.

use super::book::Roster;
use super::client::Standing;
use crate::cluster::change::Past;
use crate::cluster::disk::has_space;
use crate::cluster::lease::Taken;
use crate::ids::ClientId;
use crate::time::backoff;
use crate::time::{Millis, WallMillis};

/// So many segments in a row, none of which failed elsewhere too.
const FAILURES_MAX: usize = 3;
/// Until the first trial; the pause doubles with each that fails.
const PAUSE_FIRST: Millis = Millis::secs(30);
const PAUSE_MAX: Millis = Millis::secs(600);

impl Roster {
    /// Frames that fail on two clients are to blame themselves. Neither is a client that went away: its line was. True where
    /// the client is to be set aside.
    pub(in crate::cluster) fn blame(&mut self, taken: &Taken, past: &Past) -> bool {
        let (client, what) = (&taken.lease.worker.client, (taken.job.clone(), taken.lease.segment));
        if past.failed_on.len() > 1 {
            for one in &past.failed_on {
                if let Some(client) = self.clients.get_mut(one) {
                    client.health.failed.remove(&what);
                }
            }
            return false;
        }
        let may_work = self.crews.iter().flat_map(|crew| &crew.members);
        let others = may_work.filter(|id| *id != client).any(|id| self.is_in_good_standing(id));
        if !past.fault.code.meaning().blame.is_on_client() {
            return false;
        }
        let Some(known) = self.clients.get_mut(client) else { return false };
        known.health.failed.insert(what);
        known.health.last = Some(past.fault.clone());
        let failed = known.health.failed.len() >= FAILURES_MAX || known.health.standing == Standing::Trial;
        // Where there is nobody else, a film shall fail with its reason rather than wait.
        failed && others && !known.health.is_aside()
    }

    /// It gets nothing until then.
    pub(in crate::cluster) fn set_aside(&mut self, id: &ClientId, now: Millis) -> Millis {
        let known = self.clients.get_mut(id).expect("the caller has it");
        let until = now + backoff::delay(PAUSE_FIRST, PAUSE_MAX, known.health.times, 0);
        known.health.times += 1;
        known.health.standing = Standing::Aside { until };
        self.unprove(id);
        until
    }

    /// It is on trial, if it was set aside long enough.
    pub(in crate::cluster) fn try_again(&mut self, id: &ClientId, now: Millis) {
        let Some(known) = self.clients.get_mut(id) else { return };
        let due = matches!(known.health.standing, Standing::Aside { until } if until <= now);
        if due {
            known.health.standing = Standing::Trial;
            self.prove(id);
        }
    }

    /// One kept piece makes good for everything; true where it was in bad standing.
    pub(in crate::cluster) fn did_well(&mut self, id: &ClientId) -> bool {
        let Some(known) = self.clients.get_mut(id) else { return false };
        let before = std::mem::take(&mut known.health);
        before.standing != Standing::Good
    }

    pub(in crate::cluster) fn is_on_trial(&self, id: &ClientId) -> bool {
        self.clients.get(id).is_some_and(|known| known.health.standing == Standing::Trial)
    }

    pub(in crate::cluster) fn is_in_good_standing(&self, id: &ClientId) -> bool {
        self.clients.get(id).is_some_and(|known| known.health.standing == Standing::Good)
    }

    /// Nothing speaks against giving it a lease, as far as it is not busy.
    pub(in crate::cluster) fn may_take(&self, id: &ClientId, now: Millis) -> bool {
        let Some(known) = self.clients.get(id).filter(|c| c.session().is_some()) else { return false };
        self.has_disk_for(id, now) && (!self.is_on_trial(id) || known.leases.is_empty())
    }

    /// The client's own disk has space for another piece.
    pub(in crate::cluster) fn has_disk_for(&self, id: &ClientId, now: Millis) -> bool {
        self.clients.get(id).is_some_and(|known| now >= known.full_until && has_space(known.hello.free_disk))
    }

    /// Its disk was full: it is asked again after that, if it then says that it has space.
    pub(in crate::cluster) fn disk_was_full(&mut self, id: &ClientId, until: Millis) {
        if let Some(known) = self.clients.get_mut(id) {
            known.full_until = until;
            self.news.others_may_take();
        }
    }

    /// Why it gets nothing, or little.
    pub(in crate::cluster) fn explain_apart(
        &self,
        id: &ClientId,
        now: Millis,
        wall: WallMillis,
    ) -> Option<String> {
        let health = &self.clients.get(id)?.health;
        self.explain_struck_out(id, wall).or_else(|| health.explain(now))
    }
}
