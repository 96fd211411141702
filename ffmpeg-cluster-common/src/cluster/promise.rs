//! A share is promised to a client: on the books, in the record, and told.

use super::Cluster;
use super::change::Change;
use super::effect::{Effect, Effects, Notice, Share};
use super::lease::{Lease, Next};
use super::starts::decoded_twice;
use super::timers::Timer;
use super::worker::Worker;
use crate::ids::{JobId, LeaseId};
use crate::media::film::Film;
use crate::time::Millis;

impl Cluster {
    pub(super) fn lease(
        &mut self,
        now: Millis,
        id: &JobId,
        worker: &Worker,
        next: Next,
        film: &Film,
        out: &mut Effects,
    ) -> LeaseId {
        let share = next.share;
        let first = self.leases_on(worker).next().is_none();
        let measure = share != Share::Sound && first && self.roster.speed(worker, film).is_none();
        let name = self.roster.name_of(&worker.client);
        let late_at = self.late_at(now, worker, share, film);
        let session = self.roster.session(&worker.client).expect("able clients are connected");
        let (lead, twice) = (self.jobs[id].lead, decoded_twice(id, &self.jobs[id], share));
        let lease = Lease { measure, lead, ..Lease::new(next, worker.clone(), now) };
        let lease = self.jobs.promise(id, lease);
        self.roster.hold(&worker.client, lease);
        self.timers.set(late_at, Timer::Late(lease));
        let job = id.clone();
        let Worker { client, seat } = worker.clone();
        out.changes.push(Change::Leased {
            job: job.clone(),
            lease,
            share: share.range(),
            client: client.clone(),
            seat: seat.clone(),
        });
        let notice = Notice::Leased {
            job: job.clone(),
            client: client.clone(),
            name,
            lease,
            share,
            measure,
            seat: seat.clone(),
        };
        out.effects.push(Effect::Offer { client, session, lease, job, share, measure, seat, lead, twice });
        out.effects.push(Effect::Notice(notice));
        lease
    }
}
