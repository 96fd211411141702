//! What clients say of their leases, and what becomes of pieces.

use super::Cluster;
use super::change::{Change, RememberedPiece, StoredShare};
use super::client::Client;
use super::effect::{Effect, Effects, Notice};
use super::event::CheckedPiece;
use super::lose::Why;
use super::seats::kind_on;
use super::segment::{Lease, Phase};
use super::timers::Timer;
use crate::fault::{Fault, FaultCode};
use crate::ids::{ClientId, JobId, LeaseId};
use crate::limits::LEASE_QUIET_MAX;
use crate::media::work::SentPiece;
use crate::time::Millis;

/// A piece whose sending takes longer than half its encoding, and this, is late.
const SENDING_LATE: Millis = Millis::secs(15);

impl Cluster {
    /// The lease, if it is this client's.
    fn held(&mut self, client: &ClientId, id: LeaseId) -> Option<&mut Lease> {
        let job = self.leases.get(&id)?;
        self.jobs.get_mut(job)?.leases.get_mut(&id).filter(|lease| lease.client == *client)
    }

    /// Somebody speaks of a lease that is not theirs: they are told, and nothing changes.
    fn refuse(&mut self, client: &ClientId, id: LeaseId, what: &'static str, out: &mut Effects) {
        self.note_stale(client, id, what, out);
        if let Some(session) = self.clients.get(client).and_then(Client::session) {
            let reason = "the lease is not current any more".to_owned();
            out.effects.push(Effect::Revoke { client: client.clone(), session, lease: id, reason });
        }
    }

    pub(super) fn on_progress(
        &mut self,
        now: Millis,
        client: &ClientId,
        id: LeaseId,
        frames: u64,
        fps: f32,
        out: &mut Effects,
    ) {
        let Some(lease) = self.held(client, id) else { return self.refuse(client, id, "progress", out) };
        if !lease.is_encoding() {
            return;
        }
        let first = lease.phase == Phase::Offered;
        lease.phase = Phase::Encoding;
        // The client watches whether anything moves in its encoder, and says nothing where nothing does.
        lease.moved_at = now;
        lease.frames_done = frames.min(lease.range().map_or(frames, crate::frames::FrameRange::len));
        lease.fps = if fps.is_finite() && fps > 0.0 { f64::from(fps) } else { lease.fps };
        if first {
            self.timers.set(now + LEASE_QUIET_MAX, Timer::Quiet(id));
        }
        self.look = true;
    }

    /// Bytes of its piece arrived. Whose they are nobody knows: a client is not called a liar for too many.
    pub(super) fn on_bytes_came(&mut self, now: Millis, id: LeaseId, bytes: u64, out: &mut Effects) {
        let Some(lease) = self.lease_mut(id) else { return };
        lease.moved_at = now;
        let most = self.piece_bytes_max(id);
        if bytes > most {
            let message = format!("{bytes} bytes came, and no piece of these frames has more than {most}");
            self.tell_revoked(id, &message, out);
            self.lose_lease(now, id, Why::Fault(Fault::new(FaultCode::BytesDiffer, message)), out);
        }
    }

    pub(super) fn on_quiet(&mut self, now: Millis, id: LeaseId, out: &mut Effects) {
        let lease =
            self.leases.get(&id).and_then(|job| self.jobs.get(job)).and_then(|job| job.leases.get(&id));
        let Some(lease) = lease else { return };
        let due = lease.moved_at + LEASE_QUIET_MAX;
        if due > now {
            return self.timers.set(due, Timer::Quiet(id));
        }
        let what = match lease.phase {
            Phase::Offered | Phase::Encoding => "nothing was heard of its encoder",
            Phase::Sending { .. } => "no bytes of its piece came",
            // Our own work, and not the client's fault.
            Phase::Checking { .. } => return self.timers.set(now + LEASE_QUIET_MAX, Timer::Quiet(id)),
        };
        let message = format!("{what} for {} s", LEASE_QUIET_MAX.as_secs_f64());
        self.tell_revoked(id, &message, out);
        self.lose_lease(now, id, Why::Fault(Fault::new(FaultCode::EncoderStalled, message)), out);
    }

    pub(super) fn on_encoded(
        &mut self,
        now: Millis,
        client: &ClientId,
        id: LeaseId,
        frames: u64,
        encode_ms: u64,
        out: &mut Effects,
    ) {
        let Some(lease) = self.held(client, id) else { return self.refuse(client, id, "encoded", out) };
        if !lease.is_encoding() {
            return;
        }
        let range = lease.range();
        lease.phase = Phase::Sending { encode_ms };
        (lease.frames_done, lease.moved_at) = (frames, now);
        // Sending is not encoding: how late it is is reckoned anew.
        self.late.remove(&id);
        self.timers.set(now + SENDING_LATE + Millis(encode_ms / 2), Timer::Late(id));
        self.timers.set(now + LEASE_QUIET_MAX, Timer::Quiet(id));
        self.look = true;
        if let Some(range) = range.filter(|_| encode_ms > 0) {
            self.measured(client, id, range.len() as f64 * 1000.0 / encode_ms as f64, out);
        }
    }

    fn measured(&mut self, client: &ClientId, id: LeaseId, fps: f64, out: &mut Effects) {
        let job = self.leases[&id].clone();
        let held = &self.jobs[&job];
        let on = held.leases.get(&id).map(|lease| lease.seat.clone()).unwrap_or_default();
        let kind = kind_on(held.film.as_ref().expect("leases have films"), &on);
        let name = self.name_of(client);
        let known = self.clients.get_mut(client).expect("it holds a lease");
        let speed = known.measure(&kind, fps);
        out.changes.push(Change::SpeedMeasured { client: client.clone(), kind: kind.clone(), fps: speed });
        let client = client.clone();
        out.effects.push(Effect::Notice(Notice::SpeedMeasured { client, name, kind: kind.0, fps }));
        self.settle(&job, out);
    }

    pub(super) fn on_piece_sent(
        &mut self,
        now: Millis,
        client: &ClientId,
        id: LeaseId,
        piece: SentPiece,
        out: &mut Effects,
    ) {
        if self.kept.contains_key(&id) {
            return self.say_kept(client, id, out);
        }
        let Some(lease) = self.held(client, id) else { return self.refuse(client, id, "piece", out) };
        let encode_ms = match lease.phase {
            Phase::Checking { .. } => return,
            Phase::Sending { encode_ms } => encode_ms,
            Phase::Offered | Phase::Encoding => 0,
        };
        lease.phase = Phase::Checking { encode_ms };
        let share = lease.share;
        let (job, most) = (self.leases[&id].clone(), self.piece_bytes_max(id));
        if piece.bytes > most {
            let message = format!(
                "{} bytes are announced, and no piece of these frames has more than {most}",
                piece.bytes
            );
            return self.lied(now, id, Fault::new(FaultCode::NotAsLeased, message), out);
        }
        out.effects.push(Effect::Check { lease: id, job, share, piece });
        self.look = true;
    }

    /// The other lease of a share that is kept now.
    fn call_off(&mut self, id: LeaseId, out: &mut Effects) {
        self.tell_revoked(id, "another client was first with the same frames", out);
        let (job, _) = self.take_lease(id).expect("twins know each other");
        out.effects.push(Effect::DiscardPiece { lease: id, job: job.clone() });
        out.changes.push(Change::LeaseEnded { job, lease: id, attempt: None });
    }

    fn say_kept(&self, client: &ClientId, id: LeaseId, out: &mut Effects) {
        if let Some(session) = self.clients.get(client).and_then(Client::session) {
            out.effects.push(Effect::Kept { client: client.clone(), session, lease: id });
        }
    }

    pub(super) fn on_lease_failed(
        &mut self,
        now: Millis,
        client: &ClientId,
        id: LeaseId,
        fault: Fault,
        out: &mut Effects,
    ) {
        let Some(lease) = self.held(client, id) else { return self.note_stale(client, id, "fault", out) };
        // What has no device can't have a busy one.
        let busy = fault.code == FaultCode::DeviceBusy && lease.seat.is_none();
        let fault = if busy { Fault { code: FaultCode::EncoderFailed, ..fault } } else { fault };
        self.lose_lease(now, id, Why::Fault(fault), out);
    }

    pub(super) fn keep_piece(
        &mut self,
        job_id: &JobId,
        id: LeaseId,
        mut piece: CheckedPiece,
        out: &mut Effects,
    ) {
        let (_, lease) = self.take_lease(id).expect("looked up before");
        if let Some(seat) = &lease.seat {
            piece.facts.encoder = Some(seat.encoder.clone());
            self.device_did_well(&lease.client, seat);
        }
        // A client that tells less than it was told would have its frames made again for ever.
        piece.facts.findings.lead = piece.facts.findings.lead.max(lease.lead);
        let encode_ms = match lease.phase {
            Phase::Sending { encode_ms } | Phase::Checking { encode_ms } => encode_ms,
            Phase::Offered | Phase::Encoding => 0,
        };
        let share: StoredShare = lease.range();
        let client = lease.client;
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
        self.did_well(&client, out);
        let job = self.jobs.get_mut(job_id).expect("leases have jobs");
        job.keep(kept);
        self.kept.insert(id, job_id.clone());
        let left = job.film.as_ref().map_or(0, |film| film.frames - job.frames_kept);
        let fps = share.map_or(0.0, |range| range.len() as f64 * 1000.0 / encode_ms.max(1) as f64);
        let (job, name, share) = (job_id.clone(), self.name_of(&client), lease.share);
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
}
