//! What happens to a checked piece: it is kept, audited first, requested again, or refused.

use crate::cluster::effect::{Effect, Notice};
use crate::cluster::event::CheckedPiece;
use crate::cluster::jobs::lease::{Checked, Phase};
use crate::cluster::jobs::pieces::KeptPiece;
use crate::cluster::outcomes::keep::keep_piece;
use crate::cluster::outcomes::lose::{LossReason, lose_lease};
use crate::cluster::outcomes::revoke::tell_revoked;
use crate::cluster::outcomes::trust::refuse_lie;
use crate::cluster::state::Cluster;
use crate::cluster::timers::Timer;
use crate::fault::{Blame, Consequence, Fault, FaultCode, Meaning};
use crate::frames::FrameRange;
use crate::ids::{ClientId, JobId, LeaseId};
use crate::media::proof::audit::Audit;
use crate::media::proof::{alike, audit};
use crate::protocol::to_client::ToClient;
use crate::time::Millis;

/// The delay before the server again requests a piece that did not fit on its disk.
const REQUEST_AFTER: Millis = Millis::secs(5);

pub(in crate::cluster) fn on_piece_checked(
    cluster: &mut Cluster,
    id: LeaseId,
    result: Result<CheckedPiece, Fault>,
    chance: u64,
) {
    let Some(job_id) = cluster.jobs.job_of(id).cloned() else { return };
    let checked = result.and_then(|piece| fits(cluster, id, &piece).map(|odd| (piece, odd)));
    match checked {
        Ok((piece, odd)) => match audit_spot(cluster, &job_id, id, odd.is_some(), chance) {
            Some(spot) => begin_audit(cluster, &job_id, id, Checked { piece, spot, odd }),
            None => keep_piece(cluster, &job_id, id, piece),
        },
        Err(fault) => refuse_piece(cluster, id, fault),
    }
}

fn refuse_piece(cluster: &mut Cluster, id: LeaseId, fault: Fault) {
    match fault.code.meaning() {
        Meaning { then: Consequence::AwaitSpace, .. } => check_later(cluster, id),
        Meaning { then: Consequence::SendAgain, .. } if send_again(cluster, id, &fault) => {}
        Meaning { blame: Blame::Liar, .. } => refuse_lie(cluster, id, fault),
        _ => {
            tell_revoked(cluster, id, &fault.message);
            lose_lease(cluster, id, LossReason::Fault(fault));
        }
    }
}

/// Compares the piece with the server's own encode of the track, if there is one, and with the
/// first kept piece.
/// Returns a fault about its picture if only an audit can tell whose fault that is.
fn fits(cluster: &Cluster, id: LeaseId, piece: &CheckedPiece) -> Result<Option<Fault>, Fault> {
    let Some((making, lease)) = cluster.jobs.lease_of(id) else { return Ok(None) };
    let track = making.film.track(lease.segment.track);
    if !track.is_pictures() {
        return Ok(None);
    }
    // If a device makes other pictures, that is no reason to index the film again.
    let device = |fault: Fault| match fault.code.meaning().then {
        Consequence::OnePiece if lease.worker.seat.is_some() => {
            Fault { code: FaultCode::StreamDiffers, ..fault }
        }
        _ => fault,
    };
    let expected = track.expected.as_ref();
    match expected.map(|expected| alike::check_expected(expected, &piece.facts).map_err(device)) {
        Some(Err(fault)) if fault.code.meaning().then == Consequence::OnePiece => return Ok(Some(fault)),
        Some(Err(fault)) => return Err(fault),
        Some(Ok(())) | None => {}
    }
    let first = making.book(lease.segment.track).pieces().in_order().next();
    let check = if track.one_head { alike::check_one_head } else { alike::check_params };
    let alike = |kept: &KeptPiece| check(&kept.params, &piece.facts.params).map_err(device);
    first.map_or(Ok(()), alike)?;
    let of_first = first.and_then(|kept| kept.params.first());
    if let Some(wanted) = expected.or(of_first).filter(|_| !track.hw.is_off()) {
        alike::check_looks(wanted, &piece.facts)?;
    }
    Ok(None)
}

/// The frames to audit. Returns None if the piece is not audited.
/// A piece with an odd picture is audited at its beginning; a piece whose units failed an earlier
/// audit, at the same place; any other piece, by chance.
fn audit_spot(
    cluster: &mut Cluster,
    job_id: &JobId,
    id: LeaseId,
    odd: bool,
    chance: u64,
) -> Option<FrameRange> {
    let at = cluster.jobs.track_of(id).filter(|at| at.track().is_pictures())?;
    let (_, lease) = cluster.jobs.lease_of(id)?;
    let range = lease.segment.units;
    let client = lease.worker.client.clone();
    if odd {
        return Some(audit::spot(range, 0));
    }
    // Another client's piece failed its audit there; this piece shows which one is wrong.
    let again = lease.past.as_ref().and_then(|past| past.audit_failed);
    if again.is_none() && !is_to_audit(cluster, job_id, &client, chance) {
        return None;
    }
    if at.track().expected.is_none() {
        let why = "the server can't encode this itself".to_owned();
        say_not_audited(cluster, job_id, why);
        return None;
    }
    cluster.jobs.get_mut(job_id)?.doubts_mut().mark_audited(client);
    Some(again.unwrap_or_else(|| audit::spot(range, chance / 100)))
}

/// Whether the piece is audited.
/// With auditing on, the server audits the first piece of each client, every piece of a client
/// that lied within a day, and others by chance.
fn is_to_audit(cluster: &Cluster, job: &JobId, client: &ClientId, chance: u64) -> bool {
    let percent = u64::from(cluster.settings.audit_percent);
    let known = cluster.jobs[job].doubts().was_audited(client);
    percent > 0 && (chance % 100 < percent || !known || !cluster.roster.liars.strikes(client).is_empty())
}

fn begin_audit(cluster: &mut Cluster, job: &JobId, id: LeaseId, checked: Checked) {
    let Some(mut lease) = cluster.jobs.lease_mut(id) else { return };
    let (spot, range) = (checked.spot, lease.segment.units);
    lease.begin_audit(checked);
    drop(lease);
    cluster.out.perform(Effect::Audit { lease: id, job: job.clone(), range, spot });
}

pub(in crate::cluster) fn on_audited(cluster: &mut Cluster, id: LeaseId, result: Result<Audit, Fault>) {
    let Some(job) = cluster.jobs.job_of(id).cloned() else { return };
    let Some(Checked { piece, spot, odd }) = audited(cluster, id) else { return };
    let verdict = match result {
        Ok(audit) => {
            let (job, lease, audit_) = (job.clone(), id, audit.clone());
            cluster.out.notice(Notice::Audited { job, lease, spot, audit: audit_ });
            let seen = audit::verdict(&audit, &piece.facts, spot, odd.is_some());
            seen.and_then(|()| odd.map_or(Ok(()), Err))
        }
        Err(fault) if fault.code.meaning().then == Consequence::AwaitSpace => Err(fault),
        // The server's own failure says nothing about the piece.
        Err(fault) => {
            say_not_audited(cluster, &job, fault.message);
            odd.map_or(Ok(()), Err)
        }
    };
    match verdict {
        Ok(()) => keep_piece(cluster, &job, id, piece),
        Err(fault) => {
            let doubts = fault.code.meaning().then == Consequence::DoubtClient;
            if let Some(mut lease) = cluster.jobs.lease_mut(id).filter(|_| !doubts) {
                lease.back_to_check();
            }
            refuse_piece(cluster, id, fault);
        }
    }
}

/// The piece under audit. Returns None if the lease is in another phase.
fn audited(cluster: &Cluster, id: LeaseId) -> Option<Checked> {
    match &cluster.jobs.lease_of(id)?.1.phase {
        Phase::Auditing(_, checked) => Some((**checked).clone()),
        Phase::Offered | Phase::Encoding { .. } | Phase::Sending(_) | Phase::Checking(_) => None,
    }
}

fn say_not_audited(cluster: &mut Cluster, id: &JobId, why: String) {
    let Some(mut job) = cluster.jobs.get_mut(id) else { return };
    if job.doubts_mut().mark_not_audited() {
        cluster.out.notice(Notice::NotAudited { job: id.clone(), why });
    }
}

/// The server's disk is full, so the client keeps the piece until the server requests it again.
fn check_later(cluster: &mut Cluster, id: LeaseId) {
    if cluster.jobs.lease_mut(id).is_some_and(|mut lease| lease.leave_at_client()) {
        cluster.timers.set(cluster.now + REQUEST_AFTER, Timer::RequestPiece(id));
    }
}

pub(in crate::cluster) fn on_request_piece(cluster: &mut Cluster, id: LeaseId) {
    let Some((_, lease)) = cluster.jobs.lease_of(id) else { return };
    if !matches!(lease.phase, Phase::Sending(_)) {
        return;
    }
    let client = lease.worker.client.clone();
    let reason = "the server's disk had no space for it".to_owned();
    cluster.say(&client, ToClient::SendAgain { lease: id, reason });
}

fn send_again(cluster: &mut Cluster, id: LeaseId, fault: &Fault) -> bool {
    let Some(mut lease) = cluster.jobs.lease_mut(id) else { return false };
    if !lease.await_again() {
        return false;
    }
    let client = lease.worker.client.clone();
    drop(lease);
    cluster.say(&client, ToClient::SendAgain { lease: id, reason: fault.message.clone() });
    true
}
