//! What clients report about their leases and pieces.

use std::borrow::Cow;

use crate::cluster::change::Change;
use crate::cluster::effect::{Effect, Notice};
use crate::cluster::jobs::LeaseMut;
use crate::cluster::jobs::lease::Phase;
use crate::cluster::jobs::transitions::Report;
use crate::cluster::outcomes::end::on_job_fault;
use crate::cluster::outcomes::lose::{LossReason, lose_lease};
use crate::cluster::outcomes::revoke::tell_revoked;
use crate::cluster::outcomes::trust::refuse_lie;
use crate::cluster::roster::beside::Ended;
use crate::cluster::schedule::promise::leases_on;
use crate::cluster::schedule::twins::LOOK_AGAIN;
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::cluster::worker::Worker;
use crate::fault::{Blame, Consequence, Fault, FaultCode};
use crate::ids::{ClientId, LeaseId};
use crate::limits::LEASE_QUIET_MAX;
use crate::media::plan::piece::SentPiece;
use crate::media::plan::track::Load;
use crate::protocol::to_client::ToClient;
use crate::protocol::to_server::Spent;
use crate::time::Millis;

/// Sending a piece is late after this time plus half of its encoding time.
const SENDING_LATE: Millis = Millis::secs(15);
/// A running encoder's speed counts after this many frames.
const TELLING_FRAMES: u64 = 48;

fn note_stale(cluster: &mut Cluster, client: &ClientId, lease: LeaseId, what: &'static str) {
    cluster.stale += 1;
    cluster.out.notice(Notice::Stale { client: client.clone(), lease, what });
}

/// The lease, if this client holds it.
fn held<'a>(cluster: &'a mut Cluster, client: &ClientId, id: LeaseId) -> Option<LeaseMut<'a>> {
    cluster.jobs.lease_mut(id).filter(|lease| lease.worker.client == *client)
}

/// Tells a client that it no longer holds the lease that it reports on; changes nothing.
fn refuse(cluster: &mut Cluster, client: &ClientId, id: LeaseId, what: &'static str) {
    note_stale(cluster, client, id, what);
    let reason = "the lease is no longer current".to_owned();
    cluster.say(client, ToClient::Revoke { lease: id, reason });
}

pub(in crate::cluster) fn on_progress(cluster: &mut Cluster, client: &ClientId, id: LeaseId, report: Report) {
    let now = cluster.now;
    let Some(mut lease) = held(cluster, client, id) else { return refuse(cluster, client, id, "progress") };
    let Some(accepted) = lease.report(now, report) else { return };
    drop(lease);
    if accepted.first {
        cluster.timers.set(now + LEASE_QUIET_MAX, Timer::Quiet(id));
    }
    if !accepted.is_measured {
        note_speed(cluster, client, id);
    }
}

/// Records the reported speed of a client that was never measured at this kind of work.
fn note_speed(cluster: &mut Cluster, client: &ClientId, id: LeaseId) {
    let Some(at) = cluster.jobs.track_of(id) else { return };
    let Some((_, lease)) = cluster.jobs.lease_of(id) else { return };
    let tells = lease.frames_done() >= TELLING_FRAMES && lease.fps() > 0.0;
    let Some(kind) = lease.worker.kind(at.track()).filter(|_| tells) else { return };
    if cluster.roster.speed(&lease.worker, at.track()).is_none() {
        let fps = lease.fps();
        cluster.roster.tell(client, &kind, fps);
    }
}

/// Bytes of the lease's piece arrived.
/// The event does not name a sender, so too many bytes are no strike.
pub(in crate::cluster) fn on_bytes_came(cluster: &mut Cluster, id: LeaseId, bytes: u64) {
    let Some(mut lease) = cluster.jobs.lease_mut(id) else { return };
    lease.move_on(cluster.now);
    drop(lease);
    let most = cluster.jobs.piece_bytes_max(id);
    if bytes > most {
        let message = format!("{bytes} bytes arrived, and a piece of these frames has at most {most}");
        tell_revoked(cluster, id, &message);
        lose_lease(cluster, id, LossReason::Fault(Fault::new(FaultCode::BytesDiffer, message)));
    }
}

pub(in crate::cluster) fn on_quiet(cluster: &mut Cluster, id: LeaseId) {
    let Some((_, lease)) = cluster.jobs.lease_of(id) else { return };
    let due = lease.moved_at + LEASE_QUIET_MAX;
    if due > cluster.now {
        return cluster.timers.set(due, Timer::Quiet(id));
    }
    let what = match lease.phase {
        Phase::Offered | Phase::Encoding { .. } => "its encoder reported nothing",
        Phase::Sending(_) => "no bytes of its piece arrived",
        // The server's own work, not the client's fault.
        Phase::Checking(_) | Phase::Auditing(..) => {
            return cluster.timers.set(cluster.now + LEASE_QUIET_MAX, Timer::Quiet(id));
        }
    };
    let message = format!("{what} for {} s", LEASE_QUIET_MAX.as_secs_f64());
    tell_revoked(cluster, id, &message);
    lose_lease(cluster, id, LossReason::Fault(Fault::new(FaultCode::EncoderStalled, message)));
}

/// What an encode took.
#[derive(Debug, Clone, Copy)]
pub(in crate::cluster) struct Encode {
    pub(in crate::cluster) ms: u64,
    pub(in crate::cluster) spent: Option<Spent>,
}

pub(in crate::cluster) fn on_encoded(cluster: &mut Cluster, client: &ClientId, id: LeaseId, encode: Encode) {
    let Encode { ms: encode_ms, spent } = encode;
    let now = cluster.now;
    let Some(mut lease) = held(cluster, client, id) else { return refuse(cluster, client, id, "encoded") };
    // Sending has its own deadline.
    let late_at = now + SENDING_LATE + Millis(encode_ms / 2);
    if !lease.end_encode(encode_ms, now, late_at) {
        return;
    }
    let (units, worker) = (lease.segment.units.len(), lease.worker.clone());
    drop(lease);
    cluster.timers.set(late_at, Timer::Late(id));
    cluster.timers.set(now + LEASE_QUIET_MAX, Timer::Quiet(id));
    if encode_ms > 0 {
        let others = leases_on(cluster, &worker, Load::Full).filter(|(_, lease)| lease.is_encoding());
        let together = others.count() as u32 + 1;
        // A device has as many slots as its client says.
        let spent = spent.filter(|_| worker.seat.is_none());
        let fps = units as f64 * 1000.0 / encode_ms as f64;
        record_speed(cluster, &worker, id, Ended { fps, spent, together });
    }
}

fn record_speed(cluster: &mut Cluster, worker: &Worker, id: LeaseId, ended: Ended) {
    let Some(at) = cluster.jobs.track_of(id) else { return };
    let Some(kind) = worker.kind(at.track()).map(Cow::into_owned) else { return };
    let (client, fps) = (&worker.client, ended.fps);
    let speed = cluster.roster.measure(client, &kind, &ended);
    cluster.out.record(Change::SpeedMeasured { client: client.clone(), kind: kind.clone(), fps: speed });
    cluster.out.notice(Notice::SpeedMeasured { client: cluster.roster.who(client), kind: kind.0, fps });
}

pub(in crate::cluster) fn on_piece_sent(
    cluster: &mut Cluster,
    client: &ClientId,
    id: LeaseId,
    piece: SentPiece,
) {
    if cluster.jobs.is_kept(id) {
        return cluster.say(client, ToClient::Kept { lease: id });
    }
    let Some(mut lease) = held(cluster, client, id) else { return refuse(cluster, client, id, "piece") };
    if !lease.begin_check() {
        return;
    }
    let segment = lease.segment;
    drop(lease);
    let Some(at) = cluster.jobs.track_of(id) else { return };
    let most = cluster.jobs.piece_bytes_max(id);
    if piece.bytes > most {
        let message = format!(
            "the client announced {} bytes, and a piece of these frames has at most {most}",
            piece.bytes
        );
        return refuse_lie(cluster, id, Fault::new(FaultCode::NotAsLeased, message));
    }
    let (content, streams) = (at.track().content, at.track().streams.clone());
    cluster.out.perform(Effect::Check { lease: id, job: at.job, segment, content, streams, piece });
}

pub(in crate::cluster) fn on_lease_failed(
    cluster: &mut Cluster,
    client: &ClientId,
    id: LeaseId,
    fault: Fault,
) {
    let Some(lease) = held(cluster, client, id) else { return note_stale(cluster, client, id, "fault") };
    let meaning = fault.code.meaning();
    // A lease without a device can't have a busy one.
    let busy = meaning.then == Consequence::SpareDevice && lease.worker.seat.is_none();
    drop(lease);
    // Only the server detects lies.
    // A client that accused itself would use up no attempt, and could go on forever.
    let fault = if busy || meaning.blame == Blame::Liar {
        Fault { code: FaultCode::EncoderFailed, ..fault }
    } else {
        fault
    };
    lose_lease(cluster, id, LossReason::Fault(fault));
}

/// Unlike a client's report, what the server itself finds about a source needs no second witness.
pub(in crate::cluster) fn on_offer_failed(cluster: &mut Cluster, id: LeaseId, fault: Fault) {
    match cluster.jobs.track_of(id) {
        Some(at) if fault.code.meaning().then == Consequence::GiveUp => {
            let wall = cluster.wall();
            on_job_fault(cluster, &at.job, &fault, wall);
        }
        Some(_) => lose_lease(cluster, id, LossReason::Fault(fault)),
        None => {}
    }
}

pub(in crate::cluster) fn on_late(cluster: &mut Cluster, id: LeaseId) {
    let Some((_, lease)) = cluster.jobs.lease_of(id) else { return };
    // The lease has moved on since this timer was set, and has a later deadline.
    if cluster.now < lease.late_at {
        return;
    }
    cluster.jobs.mark_late(id);
    cluster.timers.set(cluster.now + LOOK_AGAIN, Timer::Late(id));
}
