//! Compares what the decoders of neighbouring pieces saw.
//! If they disagree, the pieces are made again with decoders that begin further back, in the end
//! with the film's first frame.
//! If even that does not help, the film is encoded in one piece.
//! [`crate::cluster::outcomes::starts`] looks inside a piece.

use crate::cluster::change::Change;
use crate::cluster::effect::Notice;
use crate::cluster::jobs::job::Job;
use crate::cluster::jobs::making::Making;
use crate::cluster::jobs::pieces::KeptPiece;
use crate::cluster::jobs::stage::IndexPlan;
use crate::cluster::outcomes::index::index_again;
use crate::cluster::outcomes::remake::make_again;
use crate::cluster::outcomes::starts::settle_starts;
use crate::cluster::state::Cluster;
use crate::frames::FrameNo;
use crate::ids::{JobId, LeaseId};
use crate::media::plan::track::{Segment, TrackNo};
use crate::media::plan::witness::{Lead, Verdict};
use crate::text::counted;

/// Two neighbouring pieces that disagree about the frames around `at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Dispute {
    track: TrackNo,
    at: FrameNo,
    before: LeaseId,
    after: LeaseId,
}

fn dispute(making: &Making, kept: LeaseId) -> Option<Dispute> {
    let piece = making.piece(kept)?;
    let Segment { track, units } = piece.segment;
    let pieces = &making.book(track).pieces();
    let before = pieces.ending_at(units.start).map(|before| (before, piece));
    let after = pieces.beginning_at(units.end).map(|after| (piece, after));
    before.into_iter().chain(after).find_map(|(before, after)| differ(before, after))
}

/// The dispute between two neighbouring pieces. Returns None if they do not disagree.
fn differ(before: &KeptPiece, after: &KeptPiece) -> Option<Dispute> {
    let Segment { track, units } = after.segment;
    let disagree = before.ends.verdict(&after.ends) == Verdict::Disagree;
    disagree.then_some(Dispute { track, at: units.start, before: before.lease, after: after.lease })
}

/// Compares a piece that was just kept with its kept neighbours.
pub(in crate::cluster) fn compare_seams(cluster: &mut Cluster, id: &JobId, kept: LeaseId) {
    if settle_starts(cluster, id) {
        return;
    }
    let making = cluster.jobs.get(id).and_then(Job::making);
    if let Some(dispute) = making.and_then(|making| dispute(making, kept)) {
        settle_dispute(cluster, id, dispute);
    }
}

/// Settles the first dispute between neighbouring pieces of a finished film.
/// Returns false if no pieces disagree, so that the film can be joined.
pub(in crate::cluster) fn settle_any_dispute(cluster: &mut Cluster, id: &JobId) -> bool {
    if settle_starts(cluster, id) {
        return true;
    }
    let found = cluster.jobs[id].tracks().find_map(|(_, book)| {
        let next = book.pieces().in_order().skip(1);
        book.pieces().in_order().zip(next).find_map(|(before, after)| differ(before, after))
    });
    if let Some(dispute) = found {
        settle_dispute(cluster, id, dispute);
    }
    found.is_some()
}

fn settle_dispute(cluster: &mut Cluster, id: &JobId, dispute: Dispute) {
    let Some((job, making)) = cluster.jobs.get(id).and_then(|job| Some((job, job.making()?))) else { return };
    let of = |lease: LeaseId| making.piece(lease).map_or(Lead::Usual, KeptPiece::lead);
    let (before, after) = (of(dispute.before), of(dispute.after));
    let (by, wanted) = (making.film.indexed_by, job.lead().max(before.min(after).next()));
    if before.min(after) > Lead::Usual && keep_to_one_kind(cluster, id, dispute) {
        return;
    }
    let at = dispute.at;
    let differs = |then: String| Notice::SeamDiffers { job: id.clone(), at, then };
    if before.min(after) == Lead::Beginning {
        cluster.out.notice(differs("the film is encoded in one piece".to_owned()));
        let why = format!(
            "decoders that both began with the film's first frame saw different pictures around frame {at}"
        );
        return index_again(cluster, id, IndexPlan { by, one_piece: Some(why) });
    }
    if let Some(mut job) = cluster.jobs.get_mut(id) {
        job.lengthen_lead(wanted);
    }
    // A piece whose decoder already began that far back would come out the same.
    let again = [(dispute.before, before), (dispute.after, after)];
    let again: Vec<LeaseId> =
        again.into_iter().filter(|&(_, led)| led < wanted).map(|(lease, _)| lease).collect();
    let frames = make_again(cluster, id, &again);
    cluster.out.notice(differs(format!("{} to encode again from further back", counted(frames, "frame"))));
}

/// Decoders of different kinds may never agree, so this leaves the track to clients of one kind,
/// the one that made more of it.
/// Returns false if both pieces come from the same kind, or from an unknown one.
fn keep_to_one_kind(cluster: &mut Cluster, id: &JobId, dispute: Dispute) -> bool {
    let Some(making) = cluster.jobs.get(id).and_then(Job::making) else { return false };
    let book = making.book(dispute.track);
    let kind = |piece: &KeptPiece| cluster.roster.kind_of(&piece.client);
    let sides = [dispute.before, dispute.after].map(|lease| book.pieces().get(lease).and_then(kind));
    let [Some(one), Some(other)] = sides else { return false };
    if one == other {
        return false;
    }
    let pictures = || book.pieces().in_order();
    let frames = |of: &String| -> u64 {
        let theirs = pictures().filter(|piece| kind(piece).as_ref() == Some(of));
        theirs.map(|piece| piece.segment.units.len()).sum()
    };
    let most = if frames(&one) >= frames(&other) { one } else { other };
    // The kind may be chosen already: other clients may still send pieces that they had begun.
    let chosen = making.film.track(dispute.track).one_kind.clone().unwrap_or(most);
    let again = pictures().filter(|piece| kind(piece).as_ref() != Some(&chosen));
    let again: Vec<LeaseId> = again.map(|piece| piece.lease).collect();
    if let Some(mut job) = cluster.jobs.get_mut(id) {
        job.keep_to(dispute.track, chosen.clone());
    }
    cluster.out.record(Change::KeptToOneKind { job: id.clone(), track: dispute.track, kind: chosen.clone() });
    let frames = make_again(cluster, id, &again);
    let then = format!(
        "only clients of one kind ({chosen}) continue; to encode again: {}",
        counted(frames, "frame")
    );
    cluster.out.notice(Notice::SeamDiffers { job: id.clone(), at: dispute.at, then });
    true
}
