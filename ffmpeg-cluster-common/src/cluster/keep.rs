//! A piece is kept: its lease is over, its frames are done.

use super::Cluster;
use super::change::{Change, RememberedPiece, StoredShare};
use super::effect::{Effect, Effects, Notice};
use super::event::CheckedPiece;
use super::lease::{Phase, Taken};
use crate::ids::{JobId, LeaseId};

impl Cluster {
    pub(super) fn keep_piece(
        &mut self,
        job_id: &JobId,
        id: LeaseId,
        mut piece: CheckedPiece,
        out: &mut Effects,
    ) {
        let Taken { lease, .. } = self.take_lease(id).expect("looked up before");
        if let Some(seat) = &lease.worker.seat {
            piece.facts.encoder = Some(seat.encoder.clone());
            self.roster.device_did_well(&lease.worker);
        }
        // A client that tells less than it was told would have its frames made again for ever.
        piece.facts.findings.lead = piece.facts.findings.lead.max(lease.lead);
        let encode_ms = match lease.phase {
            Phase::Sending { encode_ms } | Phase::Checking { encode_ms } => encode_ms,
            Phase::Offered | Phase::Encoding => 0,
        };
        let share: StoredShare = lease.range();
        let client = lease.worker.client;
        let kept =
            RememberedPiece { lease: id, share, client: client.clone(), piece: piece.clone(), encode_ms };
        let bytes = piece.bytes;
        let twin = lease.twin;
        out.changes.push(Change::PieceKept {
            job: job_id.clone(),
            lease: id,
            share,
            client: client.clone(),
            piece,
            encode_ms,
        });
        self.say_kept(&client, id, out);
        if let Some(twin) = twin {
            self.call_off(twin, out);
        }
        if self.roster.did_well(&client) {
            self.take_back(&client, "it did well", out);
        }
        self.jobs.keep(job_id, kept);
        let job = &self.jobs[job_id];
        let left = job.film.as_ref().map_or(0, |film| film.frames - job.frames_kept);
        let fps = share.map_or(0.0, |range| range.len() as f64 * 1000.0 / encode_ms.max(1) as f64);
        let (job, name, share) = (job_id.clone(), self.roster.name_of(&client), lease.share);
        out.effects.push(Effect::Notice(Notice::PieceKept {
            job,
            client,
            name,
            lease: id,
            share,
            bytes,
            fps,
            left,
        }));
        self.compare_seams(job_id, id, out);
        self.join_if_made(job_id, out);
        self.settle(job_id, out);
        self.look = true;
    }

    /// The other lease of a share that is kept now.
    fn call_off(&mut self, id: LeaseId, out: &mut Effects) {
        self.tell_revoked(id, "another client was first with the same frames", out);
        let Taken { job, .. } = self.take_lease(id).expect("twins know each other");
        out.effects.push(Effect::DiscardPiece { lease: id, job: job.clone() });
        out.changes.push(Change::LeaseEnded { job, lease: id, attempt: None });
    }
}
