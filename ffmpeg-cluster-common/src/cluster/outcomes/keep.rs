//! A piece is kept: its lease ends, and its units are done.

use crate::cluster::change::{Change, RememberedPiece};
use crate::cluster::effect::{Effect, Notice};
use crate::cluster::event::CheckedPiece;
use crate::cluster::jobs::lease::RemovedLease;
use crate::cluster::outcomes::blame::take_back;
use crate::cluster::outcomes::join::join_if_made;
use crate::cluster::outcomes::revoke::{ended, take_lease, tell_revoked};
use crate::cluster::outcomes::seams::compare_seams;
use crate::cluster::state::Cluster;
use crate::ids::{JobId, LeaseId};
use crate::protocol::to_client::ToClient;

pub(in crate::cluster) fn keep_piece(
    cluster: &mut Cluster,
    job_id: &JobId,
    id: LeaseId,
    mut piece: CheckedPiece,
) {
    let Some(RemovedLease { lease, .. }) = take_lease(cluster, id) else { return };
    if let Some(seat) = &lease.worker.seat {
        piece.facts.encoder = Some(seat.encoder.clone());
        cluster.roster.clear_device_failures(&lease.worker);
    }
    // If a client reported less lead than it was told to use, its frames would be made again
    // without end.
    piece.facts.findings.lead = piece.facts.findings.lead.max(lease.lead);
    let client = lease.worker.client.clone();
    let kept = RememberedPiece {
        lease: id,
        segment: lease.segment,
        client: client.clone(),
        piece,
        encode_ms: lease.encode_ms(),
    };
    cluster.say(&client, ToClient::Kept { lease: id });
    if let Some(twin) = lease.twin {
        call_off(cluster, twin);
    }
    if cluster.roster.clear_failures(&client) {
        take_back(cluster, &client, "it did well");
    }
    cluster.jobs.keep(job_id, &kept);
    cluster.out.effects.extend(notice(cluster, job_id, &kept).map(Effect::Notice));
    cluster.out.record(Change::PieceKept { job: job_id.clone(), piece: Box::new(kept) });
    compare_seams(cluster, job_id, id);
    join_if_made(cluster, job_id);
}

fn notice(cluster: &Cluster, id: &JobId, kept: &RememberedPiece) -> Option<Notice> {
    let at = cluster.jobs.track(id, kept.segment.track)?;
    let (first, of_first) = cluster.jobs.get(id)?.making()?.first();
    // Only measured tracks have a speed.
    let frames = at.track().kind.as_ref().map_or(0, |_| kept.segment.units.len());
    Some(Notice::PieceKept {
        job: id.clone(),
        client: cluster.roster.who(&kept.client),
        lease: kept.lease,
        what: at.film.name(kept.segment),
        bytes: kept.piece.bytes,
        fps: frames as f64 * 1000.0 / kept.encode_ms.max(1) as f64,
        left: first.units - of_first.pieces().units(),
    })
}

/// Ends the twin of a lease whose piece was kept.
fn call_off(cluster: &mut Cluster, id: LeaseId) {
    tell_revoked(cluster, id, "another client sent the same frames first");
    let Some(taken) = take_lease(cluster, id) else { return };
    cluster.out.perform(Effect::DiscardPiece { lease: id, job: taken.job.clone() });
    cluster.out.record(ended(&taken, None));
}
