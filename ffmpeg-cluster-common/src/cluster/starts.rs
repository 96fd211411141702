//! Whether it matters where the decoder of a piece begins. Seams tell of a few frames only; so one piece of each film,
//! chosen by chance, is decoded twice, from two key frames (`verify: full`: every piece). Where the pictures differ, no
//! other piece is believed either that did not begin with the film.

use super::effect::{Effect, Effects, Notice, Share};
use super::job::Job;
use super::lease::Lease;
use super::remake::make_again;
use super::state::Cluster;
use crate::frames::FrameNo;
use crate::ids::{JobId, LeaseId};
use crate::media::plan::witness::Lead;
use crate::media::proof::report::Verify;

/// The film's first piece begins where the film does; no other start is better.
pub(super) fn decoded_twice(id: &JobId, job: &Job, share: Share) -> bool {
    let Share::Picture(range) = share else { return false };
    let every = job.spec.care.verify == Verify::Full;
    range.start > 0
        && (every || chosen(id, job).is_some_and(|frame| (range.start..range.end).contains(&frame)))
}

/// The piece that holds this frame is decoded twice. It follows from the job's name, which nobody knows who makes a film,
/// and is the same after a restart.
fn chosen(id: &JobId, job: &Job) -> Option<FrameNo> {
    let (chance, frames) = (spread(id.as_str()), job.film.as_ref()?.frames);
    let frame = chance % frames.max(1);
    let begun = first_end(job).unwrap_or(0);
    let rest = frames.saturating_sub(begun);
    let later = || begun + (chance / frames.max(1)) % rest;
    (rest > 0).then(|| if frame >= begun { frame } else { later() })
}

/// Where the piece ends that begins with the film.
fn first_end(job: &Job) -> Option<FrameNo> {
    // Nearly always it is kept, and no lease is looked at.
    let kept = job.pieces.beginning_at(0).and_then(|piece| piece.share);
    let returned = || job.returned.get(&0).map(|(range, _)| *range);
    let leased = || job.leases.values().filter_map(Lease::range).find(|range| range.start == 0);
    kept.or_else(returned).or_else(leased).map(|range| range.end)
}

/// FNV-1a: names that differ in one letter come to numbers far apart.
fn spread(name: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    name.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Makes again what a decoder in the middle of such a film may have got wrong; tells whether there was any.
pub(super) fn settle_starts(cluster: &mut Cluster, id: &JobId, out: &mut Effects) -> bool {
    let range = cluster.jobs[id].pieces.differing().and_then(|piece| piece.share);
    let Some(range) = range else { return false };
    if let Some(mut job) = cluster.jobs.get_mut(id) {
        job.lead = Lead::Beginning;
    }
    let doubtful = cluster.jobs[id].pieces.pictures().filter(|piece| piece.lead() < Lead::Beginning);
    let again: Vec<LeaseId> = doubtful.map(|piece| piece.lease).collect();
    if again.is_empty() {
        return false;
    }
    let frames = make_again(cluster, id, &again, out);
    let then = format!("{frames} frames are made again from the film's beginning");
    out.effects.push(Effect::Notice(Notice::StartsDiffer { job: id.clone(), range, then }));
    true
}
