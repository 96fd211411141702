//! The crash points of a commit, by what is in it.

use ffmpeg_cluster_common::cluster::change::Change;
use ffmpeg_cluster_common::io::crash;

/// All is applied and nothing is committed.
pub(super) fn before(changes: &[Change]) {
    changes.iter().filter_map(names).for_each(|(before, _)| crash::point(before));
}

/// All is committed, and nobody knows it yet.
pub(super) fn after(changes: &[Change]) {
    changes.iter().filter_map(names).for_each(|(_, after)| crash::point(after));
}

const fn names(change: &Change) -> Option<(&'static str, &'static str)> {
    Some(match change {
        Change::JobAdded { .. } => ("server.job.adding", "server.job.added"),
        Change::FilmKnown { .. } => ("server.film.knowing", "server.film.known"),
        Change::Leased { .. } => ("server.lease.leasing", "server.lease.leased"),
        Change::PieceKept { share: Some(_), .. } => ("server.piece.keeping", "server.piece.kept"),
        Change::PieceKept { share: None, .. } => ("server.sound.keeping", "server.sound.kept"),
        Change::JobEnded { .. } => ("server.job.ending", "server.job.ended"),
        Change::CrashesTold { crashes: 1.., .. } => ("server.work.telling", "server.work.told"),
        Change::JobMoved { .. }
        | Change::CrashesTold { crashes: 0, .. }
        | Change::KeptToOneKind { .. }
        | Change::PieceDoubted { .. }
        | Change::Struck { .. }
        | Change::Forgiven { .. }
        | Change::StrikesTakenBack { .. }
        | Change::LeaseEnded { .. }
        | Change::ClientSeen { .. }
        | Change::SpeedMeasured { .. } => return None,
    })
}
