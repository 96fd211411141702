//! Whether it matters where the decoder of a piece begins.
//! Seams compare only a few frames.
//! So at least one piece of each film, chosen by chance, is decoded twice, from two key frames;
//! of a long piece, only a part is. With `verify: full`, all of every piece is.
//! If the pictures differ, the cluster trusts only pieces whose decoder began with the film.

use crate::cluster::effect::Notice;
use crate::cluster::jobs::JobTrack;
use crate::cluster::outcomes::remake::make_again;
use crate::cluster::state::Cluster;
use crate::frames::{FrameNo, FrameRange};
use crate::ids::{JobId, LeaseId};
use crate::media::plan::track::Segment;
use crate::media::plan::witness::Lead;
use crate::media::proof::report::Verify;
use crate::text::counted;

/// The most frames of a piece that are decoded twice.
/// For a long film, the limit is this part of the film.
const FRAMES_TWICE: u64 = 50;
const PART_TWICE: u64 = 40;

/// The frames of this segment that the client must decode twice, if any.
/// The film's first segment has none: its decoder begins with the film, and no start is better.
pub(in crate::cluster) fn decoded_twice(
    cluster: &Cluster,
    at: &JobTrack,
    segment: Segment,
) -> Option<FrameRange> {
    let units = segment.units;
    if !at.track().is_pictures() || units.start == 0 {
        return None;
    }
    if cluster.jobs[&at.job].spec().care.verify == Verify::Full {
        return Some(units);
    }
    let chosen = chosen(cluster, at).filter(|frame| (units.start..units.end).contains(frame));
    let by_chance = || units.start + spread(at.job.as_str()) % units.len();
    let frame = chosen.or_else(|| is_last_chance(cluster, at, units).then(by_chance))?;
    Some(stretch(units, frame, at.track().units))
}

/// Whether this is the last segment that can be chosen, and none was.
/// That happens where a pause or a failure has the first segment cut anew, at another place: what is chosen moves
/// then, perhaps into a piece that is kept already.
fn is_last_chance(cluster: &Cluster, at: &JobTrack, units: FrameRange) -> bool {
    let Some(book) = cluster.jobs.book(at) else { return false };
    // A twin of this segment may come first, and then nothing else was decoded twice.
    let elsewhere = || book.leased_twice().iter().any(|&(_, start)| start != units.start);
    !book.has_later_work() && !book.pieces().were_compared() && !elsewhere()
}

/// If one client makes the whole film, a piece may be nearly all of it.
/// Decoding that twice would cost more than all other proofs together.
fn stretch(units: FrameRange, frame: FrameNo, film: u64) -> FrameRange {
    let most = (film / PART_TWICE).max(FRAMES_TWICE);
    let start = frame.min(units.end.saturating_sub(most)).max(units.start);
    FrameRange::new(start, (start + most).min(units.end))
}

/// The piece that holds this frame is decoded twice; of a long piece, the frames from this one on.
/// The frame follows from the job's identity, so the maker of a film can't know it in advance, and
/// a restart does not change it.
fn chosen(cluster: &Cluster, at: &JobTrack) -> Option<FrameNo> {
    let (chance, frames) = (spread(at.job.as_str()), at.track().units);
    let frame = chance % frames.max(1);
    let begun = first_end(cluster, at).unwrap_or(0);
    let rest = frames.saturating_sub(begun);
    let later = || begun + (chance / frames.max(1)) % rest;
    (rest > 0).then(|| if frame >= begun { frame } else { later() })
}

/// The end of the film's first segment. Returns None if that segment was not cut yet.
fn first_end(cluster: &Cluster, at: &JobTrack) -> Option<FrameNo> {
    let making = cluster.jobs.get(&at.job)?.making()?;
    let book = making.book(at.number);
    let kept = book.pieces().beginning_at(0).map(|piece| piece.segment.units);
    let returned = || book.returned().get(0).map(|returned| returned.units);
    let leased = || Some(making.leases().get(book.leased_first().first()?)?.segment.units);
    kept.or_else(returned).or_else(leased).map(|range| range.end)
}

/// FNV-1a, which maps names that differ in one letter to numbers far apart.
fn spread(name: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    name.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

/// If two decodes of a piece differ, makes again all pieces
/// whose decoders did not begin with the film.
/// Returns whether there were any.
pub(in crate::cluster) fn settle_starts(cluster: &mut Cluster, id: &JobId) -> bool {
    let job = &cluster.jobs[id];
    // A client could claim a second decode for any track, but only pictures have one.
    let pictures = || job.tracks().filter(|(track, _)| track.is_pictures());
    let differing = pictures().find_map(|(_, book)| book.pieces().differing());
    let Some(range) = differing.map(|piece| piece.segment.units) else { return false };
    // All tracks of pictures are decoded from the same source.
    let doubtful = pictures().flat_map(|(_, book)| book.pieces().in_order());
    let doubtful = doubtful.filter(|piece| piece.lead() < Lead::Beginning);
    let again: Vec<LeaseId> = doubtful.map(|piece| piece.lease).collect();
    if let Some(mut job) = cluster.jobs.get_mut(id) {
        job.lengthen_lead(Lead::Beginning);
    }
    if again.is_empty() {
        return false;
    }
    let frames = make_again(cluster, id, &again);
    let then = format!("to encode again from the film's beginning: {}", counted(frames, "frame"));
    cluster.out.notice(Notice::StartsDiffer { job: id.clone(), range, then });
    true
}
