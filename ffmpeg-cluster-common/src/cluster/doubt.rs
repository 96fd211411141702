//! What is believed no more once a piece failed its audit: what its client made, or the measure itself.
//!
//! The measure is the server's own encode, made as the job wants it. One job may make it wrong, by parameters that pieces
//! don't bear or by two unlike ffmpegs; so one job alone never costs a client more than one strike, and no piece of another job.

use std::collections::BTreeSet;

use super::Cluster;
use super::change::Change;
use super::effect::{Effect, Effects, Notice};
use super::lose::Why;
use crate::fault::Fault;
use crate::frames::FrameRange;
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::film::Film;
use crate::protocol::command::JobState;
use crate::time::Millis;

/// A client whose piece failed its audit, and how.
pub(super) struct Accused<'a> {
    pub(super) client: &'a ClientId,
    pub(super) fault: &'a Fault,
}

impl Cluster {
    /// The second piece of one job that fails its audit says more of the measure than of clients: the job fails, and nobody is
    /// held to it. False for the first.
    pub(super) fn doubts_measure(
        &mut self,
        now: Millis,
        id: &JobId,
        accused: &Accused,
        out: &mut Effects,
    ) -> bool {
        let Some((first, strike)) = self.roster.failed_before(id) else { return false };
        let error = format!(
            "the audit of job {id} is in doubt: {} (made by {}); and {} (made by {}). Two pieces of one job that are not like \
             the server's own encode may mean that the server measures wrongly, so nobody is called a liar for it, and the job \
             is not gone on with. Give the server and its clients the same release of ffmpeg and submit the film again; if it \
             fails again, look at these clients, or start the server with --audit 0",
            strike.why,
            self.roster.name_of(first),
            accused.fault.message,
            self.roster.name_of(accused.client)
        );
        self.take_strikes_back(id, out);
        let at = self.wall(now);
        self.fail_job(id, error, at, out);
        true
    }

    fn take_strikes_back(&mut self, id: &JobId, out: &mut Effects) {
        out.changes.push(Change::StrikesTakenBack { job: id.clone() });
        for client in self.roster.all_that_failed_audit_of(id) {
            if self.roster.take_strikes_back(&client, id) {
                self.take_back(&client, "the audit that it failed is in doubt", out);
            }
        }
    }

    /// Who may be given work of this job: a client that failed its audit stands back while there is another that does not fail
    /// itself.
    pub(super) fn able_for_job(&self, now: Millis, id: &JobId, film: &Film) -> BTreeSet<ClientId> {
        let mut able = self.roster.able_for(film);
        let failed = |one: &ClientId| self.roster.failed_audit_of(one, id);
        let fails = |one: &ClientId| self.jobs.get(id).is_some_and(|job| job.failed_on(one));
        let is_well = |one: &ClientId| {
            self.roster.has_disk_for(one, now) && self.roster.is_in_good_standing(one) && !fails(one)
        };
        if able.iter().any(|one| !failed(one) && is_well(one)) {
            able.retain(|one| !failed(one));
        }
        able
    }

    /// What it made of this job is to do again, and what it has in hand is somebody else's. Of other jobs that are not yet
    /// joined, too, if the audit of more than one says that it lies.
    pub(super) fn doubt(&mut self, now: Millis, client: &ClientId, by: &JobId, out: &mut Effects) {
        let everywhere = self.roster.caught_in(client).len() > 1;
        let jobs: Vec<JobId> = self.jobs.queue().filter(|id| everywhere || *id == by).cloned().collect();
        for id in jobs {
            let job = &self.jobs[&id];
            let theirs = job.pieces.values().filter(|piece| piece.client == *client);
            let theirs: Vec<LeaseId> = theirs.map(|piece| piece.lease).collect();
            if !theirs.is_empty() {
                self.doubt_pieces(&id, client, &theirs, out);
            }
        }
        self.take_from(now, client, by, out);
    }

    fn take_from(&mut self, now: Millis, client: &ClientId, id: &JobId, out: &mut Effects) {
        let leases = self.jobs.get(id).into_iter().flat_map(|job| &job.leases);
        let theirs = leases.filter(|(_, lease)| lease.worker.client == *client).map(|(lease, _)| *lease);
        for lease in theirs.collect::<Vec<_>>() {
            self.tell_revoked(lease, "another piece of this job by this client failed its audit", out);
            self.lose_lease(now, lease, Why::Nobody, out);
        }
    }

    fn doubt_pieces(&mut self, id: &JobId, client: &ClientId, theirs: &[LeaseId], out: &mut Effects) {
        let frames = self.make_again(id, theirs, out);
        let (job, name, pieces) = (id.clone(), self.roster.name_of(client), theirs.len());
        out.effects.push(Effect::Notice(Notice::Doubted {
            job,
            client: client.clone(),
            name,
            pieces,
            frames,
        }));
        if self.jobs[id].state == JobState::Combining {
            self.move_job(id, JobState::Processing, "pieces of a client that lied are made again", out);
        }
        self.settle(id, out);
        self.look = true;
    }

    /// These pieces are kept no longer; gives how many frames are to do again.
    pub(super) fn make_again(&mut self, id: &JobId, pieces: &[LeaseId], out: &mut Effects) -> u64 {
        let job = self.jobs.get_mut(id).expect("the caller has it");
        let joining = job.state == JobState::Combining && !std::mem::take(&mut job.no_room);
        job.joins_void += u32::from(joining);
        job.joined = 0.0;
        let mut frames = 0;
        for &lease in pieces {
            frames += self.jobs.doubt(id, lease).map_or(0, FrameRange::len);
            out.changes.push(Change::PieceDoubted { job: id.clone(), lease });
            out.effects.push(Effect::DiscardPiece { lease, job: id.clone() });
        }
        frames
    }

    /// A join that ended now was of pieces that are doubted since.
    pub(super) fn is_void(&mut self, id: &JobId, out: &mut Effects) -> bool {
        let Some(job) = self.jobs.get_mut(id).filter(|job| job.joins_void > 0) else { return false };
        job.joins_void -= 1;
        self.let_go(id, out);
        true
    }
}
