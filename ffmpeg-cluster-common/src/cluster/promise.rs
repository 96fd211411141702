//! A share is promised to a client: on the books, in the record, and told.

use super::Cluster;
use super::change::Change;
use super::effect::{Effect, Effects, Notice, Share};
use super::seats::On;
use super::segment::{Lease, Past, Phase};
use super::starts::decoded_twice;
use super::timers::Timer;
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::film::Film;
use crate::time::Millis;

impl Cluster {
    pub(super) fn lease(
        &mut self,
        now: Millis,
        id: &JobId,
        (client_id, on): (&ClientId, &On),
        (share, past): (Share, Option<Past>),
        film: &Film,
        out: &mut Effects,
    ) -> LeaseId {
        let lease_id = LeaseId { boot: self.boot, seq: self.next_lease };
        self.next_lease += 1;
        let first = self.leases_on(client_id, on).next().is_none();
        let measure = share != Share::Sound && first && self.speed(client_id, film, on).is_none();
        let name = self.name_of(client_id);
        self.timers.set(self.late_at(now, (client_id, on), share, film), Timer::Late(lease_id));
        let client = self.clients.get_mut(client_id).expect("able clients are known");
        client.leases.insert(lease_id);
        let session = client.session().expect("able clients are connected");
        let (lead, twice) = (self.jobs[id].lead, decoded_twice(id, &self.jobs[id], share));
        let lease = Lease {
            share,
            client: client_id.clone(),
            phase: Phase::Offered,
            measure,
            frames_done: 0,
            fps: 0.0,
            moved_at: now,
            broken: 0,
            checked: None,
            past,
            twin: None,
            seat: on.clone(),
            lead,
        };
        let stored = lease.range();
        self.jobs.get_mut(id).expect("open jobs exist").leases.insert(lease_id, lease);
        self.leases.insert(lease_id, id.clone());
        let (job, client) = (id.clone(), client_id.clone());
        out.changes.push(Change::Leased {
            job: job.clone(),
            lease: lease_id,
            share: stored,
            client: client.clone(),
            seat: on.clone(),
        });
        let notice = Notice::Leased {
            job: job.clone(),
            client: client.clone(),
            name,
            lease: lease_id,
            share,
            measure,
            seat: on.clone(),
        };
        let seat = on.clone();
        let lease = lease_id;
        out.effects.push(Effect::Offer { client, session, lease, job, share, measure, seat, lead, twice });
        out.effects.push(Effect::Notice(notice));
        lease_id
    }
}
