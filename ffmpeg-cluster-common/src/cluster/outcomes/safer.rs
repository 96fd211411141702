//! Faults of the film rather than of a client, and the safer way to make the film.

use crate::cluster::jobs::JobTrack;
use crate::cluster::jobs::doubts::Differing;
use crate::cluster::jobs::stage::IndexPlan;
use crate::cluster::state::Cluster;
use crate::fault::{Consequence, Fault};
use crate::ids::ClientId;
use crate::media::plan::film::IndexedBy;

/// When the pieces of this many clients have other frames than the index lists, the index is wrong.
const FRAMES_DIFFER_MAX: u32 = 2;

/// The safer way to make a film whose packets lie, that can't be cut,
/// or whose picture changes midway.
/// Returns None if the fault is no reason for a safer way.
pub(in crate::cluster) fn safer_way(
    cluster: &mut Cluster,
    at: &JobTrack,
    client: &ClientId,
    fault: &Fault,
) -> Option<IndexPlan> {
    let (film, track) = (&at.film, at.track());
    if !track.is_pictures() || cluster.jobs.get(&at.job)?.under_way().is_none() {
        return None;
    }
    let (whole, then) = (track.whole().is_some(), fault.code.meaning().then);
    if then == Consequence::OnePiece && !whole {
        let one_piece = Some(format!("the picture changes within the film: {}", fault.message));
        return Some(IndexPlan { by: film.indexed_by, one_piece });
    }
    if then != Consequence::DoubtIndex || (whole && film.indexed_by == IndexedBy::Decoding) {
        return None;
    }
    if !doubt_index(cluster, at, client)? {
        return None;
    }
    cluster.jobs.get_mut(&at.job)?.doubts_mut().forget_differing();
    Some(match film.indexed_by {
        IndexedBy::Packets | IndexedBy::Clients => {
            IndexPlan { by: IndexedBy::Decoding, one_piece: track.whole().map(str::to_owned) }
        }
        IndexedBy::Decoding => {
            let one_piece = Some(format!("its pieces have other frames than its index: {}", fault.message));
            IndexPlan { by: IndexedBy::Decoding, one_piece }
        }
    })
}

/// Counts a piece with other frames than the index lists. Returns whether the index is doubted.
/// One client alone may lie or be broken, and counts only if no other able client could contradict it.
fn doubt_index(cluster: &mut Cluster, at: &JobTrack, client: &ClientId) -> Option<bool> {
    let mut job = cluster.jobs.get_mut(&at.job)?;
    let Differing { clients, pieces } = job.doubts_mut().count_differing(client);
    drop(job);
    let job = &cluster.jobs[&at.job];
    let mut able = cluster.roster.crews.able_for(at.track());
    let all = able.all(|one| job.doubts().has_differing(one));
    let enough = FRAMES_DIFFER_MAX.min(cluster.settings.max_retries.max(1));
    Some(clients >= enough as usize || (all && pieces >= enough))
}
