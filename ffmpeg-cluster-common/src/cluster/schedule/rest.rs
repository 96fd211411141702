//! How long a running lease will still take.

use crate::cluster::jobs::lease::{Lease, Phase};
use crate::cluster::state::Cluster;
use crate::media::plan::track::Track;
use crate::time::Millis;

/// An encoder that looks ahead reads this many frames before it encodes them.
/// Some builds of ffmpeg count a frame once it is read, others once it is encoded.
const READ_AHEAD: u64 = 64;

/// Seconds from `at` that the lease will still take: by what its encoder reports, and by its worker's pace, whichever is
/// longer. Returns None if nobody can tell.
pub(super) fn rest_secs(cluster: &Cluster, track: &Track, lease: &Lease, at: Millis) -> Option<f64> {
    let Phase::Encoding { since, fps, .. } = lease.phase else { return None };
    let told = Some(lease.frames_left() as f64 / fps).filter(|_| fps > 0.0);
    let Some(pace) = cluster.roster.pace(&lease.worker, track) else { return told };
    let units = lease.segment.units.len();
    let planned = units as f64 / pace - (at - since).as_secs_f64();
    // The frames that may not be encoded yet. If the lease takes longer than planned, half of them are.
    let unseen = (lease.frames_left() + READ_AHEAD).min(units) as f64 / pace;
    Some(planned.clamp(unseen / 2.0, unseen).max(told.unwrap_or(0.0)))
}
