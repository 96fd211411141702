//! The crash points of a commit, by its changes.

use ffmpeg_cluster_common::cluster::change::{Change, RememberedPiece};
use ffmpeg_cluster_common::io::crash;
use ffmpeg_cluster_common::media::plan::film::Film;

/// All is applied, nothing is committed.
pub(super) fn before(changes: &[Change]) {
    changes.iter().filter_map(names).for_each(|(before, _)| crash::point(before));
}

/// All is committed, but nobody knows it yet.
pub(super) fn after(changes: &[Change]) {
    changes.iter().filter_map(names).for_each(|(_, after)| crash::point(after));
}

/// Every track but the pictures is sound.
fn is_sound(piece: &RememberedPiece) -> bool {
    piece.segment.track != Film::PICTURES
}

fn names(change: &Change) -> Option<(&'static str, &'static str)> {
    Some(match change {
        Change::JobAdded { .. } => ("server.job.adding", "server.job.added"),
        Change::FilmKnown { .. } => ("server.film.knowing", "server.film.known"),
        Change::Leased { .. } => ("server.lease.leasing", "server.lease.leased"),
        Change::PieceKept { piece, .. } if is_sound(piece) => ("server.sound.keeping", "server.sound.kept"),
        Change::PieceKept { .. } => ("server.piece.keeping", "server.piece.kept"),
        Change::JobEnded { .. } => ("server.job.ending", "server.job.ended"),
        Change::CrashesTold { crashes: 1.., .. } => ("server.work.telling", "server.work.told"),
        Change::JobMoved { .. }
        | Change::ClientsWanted { .. }
        | Change::Placed { .. }
        | Change::Paused { .. }
        | Change::CrashesTold { crashes: 0, .. }
        | Change::KeptToOneKind { .. }
        | Change::TrackGivenUp { .. }
        | Change::PieceDoubted { .. }
        | Change::Struck { .. }
        | Change::Forgiven { .. }
        | Change::StrikesTakenBack { .. }
        | Change::LeaseEnded { .. }
        | Change::ClientSeen { .. }
        | Change::SpeedMeasured { .. } => return None,
    })
}
