//! What clients say of their leases, and what becomes of pieces.

use super::Cluster;
use super::change::Change;
use super::effect::{Effect, Effects, Notice};
use super::lease::{Lease, Phase};
use super::lose::Why;
use super::timers::Timer;
use crate::fault::{Fault, FaultCode};
use crate::frames::FrameRange;
use crate::ids::{ClientId, LeaseId};
use crate::limits::LEASE_QUIET_MAX;
use crate::media::work::SentPiece;
use crate::time::Millis;

/// A piece whose sending takes longer than half its encoding, and this, is late.
const SENDING_LATE: Millis = Millis::secs(15);

impl Cluster {
    /// The lease, if it is this client's.
    fn held(&mut self, client: &ClientId, id: LeaseId) -> Option<&mut Lease> {
        self.jobs.lease_mut(id).filter(|lease| lease.worker.client == *client)
    }

    /// Somebody speaks of a lease that is not theirs: they are told, and nothing changes.
    fn refuse(&mut self, client: &ClientId, id: LeaseId, what: &'static str, out: &mut Effects) {
        self.note_stale(client, id, what, out);
        if let Some(session) = self.roster.session(client) {
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
        lease.frames_done = frames.min(lease.range().map_or(frames, FrameRange::len));
        lease.fps = if fps.is_finite() && fps > 0.0 { f64::from(fps) } else { lease.fps };
        if first {
            self.timers.set(now + LEASE_QUIET_MAX, Timer::Quiet(id));
        }
        self.look = true;
    }

    /// Bytes of its piece arrived. Whose they are nobody knows: a client is not called a liar for too many.
    pub(super) fn on_bytes_came(&mut self, now: Millis, id: LeaseId, bytes: u64, out: &mut Effects) {
        let Some(lease) = self.jobs.lease_mut(id) else { return };
        lease.moved_at = now;
        let most = self.jobs.piece_bytes_max(id);
        if bytes > most {
            let message = format!("{bytes} bytes came, and no piece of these frames has more than {most}");
            self.tell_revoked(id, &message, out);
            self.lose_lease(now, id, Why::Fault(Fault::new(FaultCode::BytesDiffer, message)), out);
        }
    }

    pub(super) fn on_quiet(&mut self, now: Millis, id: LeaseId, out: &mut Effects) {
        let Some((_, lease)) = self.jobs.lease_of(id) else { return };
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
        self.jobs.is_in_time(id);
        self.timers.set(now + SENDING_LATE + Millis(encode_ms / 2), Timer::Late(id));
        self.timers.set(now + LEASE_QUIET_MAX, Timer::Quiet(id));
        self.look = true;
        if let Some(range) = range.filter(|_| encode_ms > 0) {
            self.measured(client, id, range.len() as f64 * 1000.0 / encode_ms as f64, out);
        }
    }

    fn measured(&mut self, client: &ClientId, id: LeaseId, fps: f64, out: &mut Effects) {
        let Some((job, lease)) = self.jobs.lease_of(id) else { return };
        let kind = lease.worker.kind(job.film.as_ref().expect("leases have films"));
        let name = self.roster.name_of(client);
        let speed = self.roster.measure(client, &kind, fps);
        out.changes.push(Change::SpeedMeasured { client: client.clone(), kind: kind.clone(), fps: speed });
        let client = client.clone();
        out.effects.push(Effect::Notice(Notice::SpeedMeasured { client, name, kind: kind.0, fps }));
        if let Some(job) = self.jobs.job_of(id).cloned() {
            self.settle(&job, out);
        }
    }

    pub(super) fn on_piece_sent(
        &mut self,
        now: Millis,
        client: &ClientId,
        id: LeaseId,
        piece: SentPiece,
        out: &mut Effects,
    ) {
        if self.jobs.is_kept(id) {
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
        let Some(job) = self.jobs.job_of(id).cloned() else { return };
        let most = self.jobs.piece_bytes_max(id);
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

    pub(super) fn say_kept(&self, client: &ClientId, id: LeaseId, out: &mut Effects) {
        if let Some(session) = self.roster.session(client) {
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
        let busy = fault.code == FaultCode::DeviceBusy && lease.worker.seat.is_none();
        let fault = if busy { Fault { code: FaultCode::EncoderFailed, ..fault } } else { fault };
        self.lose_lease(now, id, Why::Fault(fault), out);
    }
}
