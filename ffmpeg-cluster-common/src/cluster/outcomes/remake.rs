//! Pieces that are no longer trusted are made again.

use crate::cluster::change::Change;
use crate::cluster::effect::Effect;
use crate::cluster::state::Cluster;
use crate::ids::{JobId, LeaseId};

/// Stops keeping these pieces. Returns how many units are to do again.
pub(in crate::cluster) fn make_again(cluster: &mut Cluster, id: &JobId, pieces: &[LeaseId]) -> u64 {
    if let Some(mut job) = cluster.jobs.get_mut(id) {
        job.leave_join();
    }
    let mut frames = 0;
    for &lease in pieces {
        frames += cluster.jobs.doubt(id, lease).map_or(0, |segment| segment.units.len());
        cluster.out.record(Change::PieceDoubted { job: id.clone(), lease });
        cluster.out.perform(Effect::DiscardPiece { lease, job: id.clone() });
    }
    frames
}
