//! Chooses the next range of frames from what is left of a film and how fast a client is.

use crate::frames::{FrameNo, FrameRange};
use crate::limits::{FORCED_KEYS_MAX, SEGMENT_FRAMES_GOOD, SEGMENT_FRAMES_MIN, SEGMENT_TARGET_MAX};
use crate::media::plan::track::Cuts;
use crate::time::Millis;

/// A segment takes a client at least this long, even at the very end: starting an encoder takes a moment.
const SHORTEST: Millis = Millis(2_500);
/// While other films wait, no client idles at the end of this one, so segments stay long:
/// this part of the time that all films take, up to a length beside which a start is negligible.
const PART_OF_ALL: f64 = 1.0 / 8.0;
const LONG_ENOUGH: Millis = Millis::secs(30);
/// Each segment is this part of what the client would still do at the current speeds.
/// The rest is a margin for wrong speeds, so segments shrink toward the end, and all clients
/// finish together.
const PART_OF_SHARE: f64 = 1.0 / 1.8;
/// A worker may be ten times slower than the others, and the film must not wait at its end for the
/// segment that measures it. That segment is a quarter of an even share, but at least as many frames
/// as an encoder needs to show its speed.
const MEASURING_FRAMES: u64 = 150;
/// Fewer frames say nothing about a worker's speed, and one worker makes them as fast as two.
const MEASURING_FRAMES_MIN: u64 = 60;

/// The facts that a cut depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Situation<'a> {
    /// The first range that is to do.
    pub(super) range: FrameRange,
    /// Frames of the whole track.
    pub(super) frames: u64,
    /// All frames that are to do, including `range`.
    pub(super) frames_left: u64,
    /// Frames per second of the worker. 0 if unknown.
    pub(super) speed: f64,
    /// Frames per second of all workers that can encode the track, including this one.
    pub(super) speed_of_all: f64,
    pub(super) clients: u64,
    /// The frames to do of all jobs.
    pub(super) frames_left_of_all: u64,
    /// Frames that measure a client whose speed is unknown.
    pub(super) measure_frames: u64,
    pub(super) cuts: &'a Cuts,
}

/// A range that begins where `situation.range` begins, and is never empty.
pub(super) fn cut(situation: Situation<'_>) -> FrameRange {
    let range = within_keys(situation.range, situation.cuts);
    let FrameRange { start, end } = range;
    let wanted = wanted(situation).max(1);
    let here = end - start;
    // A remainder too short to be worth a seam is included.
    let too_short = if situation.speed > 0.0 { SEGMENT_FRAMES_MIN } else { MEASURING_FRAMES_MIN };
    if here <= wanted + too_short.min(wanted) {
        return range;
    }
    match situation.cuts {
        Cuts::Near(cuts) => FrameRange::new(start, snap(cuts, situation, wanted)),
        Cuts::Only(cuts) => FrameRange::new(start, nearest(cuts, start, wanted, end)),
        Cuts::Never(_) => situation.range,
    }
}

/// The range, or its beginning if more key frames would be forced in it than one run can be told.
fn within_keys(range: FrameRange, cuts: &Cuts) -> FrameRange {
    let Cuts::Only(cuts) = cuts else { return range };
    let from = cuts.partition_point(|&cut| cut <= range.start);
    let end = cuts.get(from + FORCED_KEYS_MAX).map_or(range.end, |&cut| cut.min(range.end));
    FrameRange::new(range.start, end)
}

/// The length in frames, before its end moves to a key frame.
fn wanted(s: Situation<'_>) -> u64 {
    if s.speed <= 0.0 {
        let even_share = s.frames.div_ceil(s.clients.max(1));
        let few = if s.clients > 1 { (even_share / 4).max(MEASURING_FRAMES) } else { u64::MAX };
        let most = s.measure_frames.max(SEGMENT_FRAMES_GOOD).min(few);
        return most.min(even_share.max(MEASURING_FRAMES_MIN));
    }
    let longest = (s.speed * SEGMENT_TARGET_MAX.as_secs_f64()) as u64;
    if s.clients <= 1 {
        // No other worker has to finish at the same time, so extra seams are a waste: equal
        // parts, none too long.
        let parts = s.frames_left.div_ceil(longest.max(SEGMENT_FRAMES_GOOD)).max(1);
        return s.frames_left.div_ceil(parts);
    }
    let seconds_left = s.frames_left as f64 / s.speed_of_all.max(s.speed);
    let seconds_left_of_all = s.frames_left_of_all as f64 / s.speed_of_all.max(s.speed);
    let shortest =
        (seconds_left_of_all * PART_OF_ALL).clamp(SHORTEST.as_secs_f64(), LONG_ENOUGH.as_secs_f64());
    let seconds = (seconds_left * PART_OF_SHARE).max(shortest);
    ((s.speed * seconds) as u64).clamp(SEGMENT_FRAMES_MIN, longest.max(SEGMENT_FRAMES_MIN))
}

/// The key frame nearest to `start + wanted`, if one is within a quarter of the length, or within
/// half of it for a segment that measures; otherwise exactly that frame.
/// A piece that begins with a key frame needs less lead-in.
fn snap(cuts: &[FrameNo], situation: Situation<'_>, wanted: u64) -> FrameNo {
    let FrameRange { start, end } = situation.range;
    let slack = if situation.speed > 0.0 { wanted / 4 } else { wanted / 2 };
    let target = start + wanted;
    let low = (target - slack).max(start + SEGMENT_FRAMES_MIN.min(wanted));
    let high = (target + slack).min(end.saturating_sub(SEGMENT_FRAMES_MIN));
    let from = cuts.partition_point(|&cut| cut < low);
    let near = cuts[from..].iter().take_while(|&&cut| cut <= high);
    near.min_by_key(|&&cut| cut.abs_diff(target)).copied().unwrap_or(target)
}

/// The allowed cut after `start` that is nearest to `start + wanted`. `end` is always allowed.
fn nearest(cuts: &[FrameNo], start: FrameNo, wanted: u64, end: FrameNo) -> FrameNo {
    let from = cuts.partition_point(|&cut| cut <= start);
    let inside = cuts[from..].iter().take_while(|&&cut| cut < end);
    let all = inside.copied().chain([end]);
    all.min_by_key(|cut| cut.abs_diff(start + wanted)).unwrap_or(end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    static ANYWHERE: Cuts = Cuts::Near(Vec::new());

    fn situation(range: FrameRange, speed: f64, of_all: f64, clients: u64) -> Situation<'static> {
        let (frames, frames_left) = (range.end, range.len());
        Situation {
            range,
            frames,
            frames_left,
            speed,
            speed_of_all: of_all,
            clients,
            frames_left_of_all: frames_left,
            measure_frames: 250,
            cuts: &ANYWHERE,
        }
    }

    #[test]
    fn no_piece_has_more_key_frames_than_one_run_can_be_told() {
        let cuts = Cuts::Only((0..20_000).map(|n| n * 25).collect());
        let all = FrameRange::new(0, 500_000);
        let got = cut(Situation { cuts: &cuts, ..situation(all, 20_000.0, 20_000.0, 1) });
        assert_eq!((got.end, got.end / 25 - 1), (8_193 * 25, 8_192), "those inside are forced");
        assert_eq!(within_keys(FrameRange::new(400_000, 500_000), &cuts).end, 500_000);
    }

    #[test]
    fn an_unknown_client_gets_what_measures_it() {
        let whole = FrameRange::new(0, 10_000);
        assert_eq!(cut(situation(whole, 0.0, 0.0, 3)), FrameRange::new(0, 250));
        // It may be the slowest by far: the film must not wait for its first segment.
        assert_eq!(cut(situation(FrameRange::new(0, 1_500), 0.0, 0.0, 3)).len(), 150);
        // Three clients and a short film: an even share, so that all have something.
        assert_eq!(cut(situation(FrameRange::new(0, 300), 0.0, 0.0, 3)).len(), 100);
    }

    #[test]
    fn one_client_alone_gets_long_equal_segments() {
        assert_eq!(cut(situation(FrameRange::new(0, 3_350), 30.0, 30.0, 1)).len(), 1_675);
        assert_eq!(cut(situation(FrameRange::new(0, 1_700), 30.0, 30.0, 1)).len(), 1_700);
    }

    #[test]
    fn a_cut_moves_onto_a_key_frame_that_is_near() {
        let cuts = [0, 90, 1_900, 2_090, 4_000];
        let cuts = Cuts::Near(cuts.to_vec());
        let s = Situation { cuts: &cuts, ..situation(FrameRange::new(0, 10_000), 40.0, 100.0, 3) };
        assert_eq!(cut(s).end, 2_090, "and not 2,222");
        let far = Situation { cuts: &Cuts::Near(vec![0, 9_000]), ..s };
        assert_eq!(cut(far).end, 2_222);
        let measuring = Situation { cuts: &Cuts::Near(vec![0, 140, 370, 9_000]), speed: 0.0, ..s };
        assert_eq!(cut(measuring).end, 140, "nearer to 250 than 370");
        let too_far = Situation { cuts: &Cuts::Near(vec![0, 120, 380, 9_000]), ..measuring };
        assert_eq!(cut(too_far).end, 250);
    }

    #[test]
    fn a_track_ends_its_segments_at_the_nearest_place_that_is_allowed() {
        let cuts = Cuts::Only(vec![0, 1_000, 1_600, 9_000]);
        let s = Situation { cuts: &cuts, ..situation(FrameRange::new(0, 10_000), 40.0, 100.0, 3) };
        assert_eq!(cut(s).end, 1_600);
        assert_eq!(cut(Situation { range: FrameRange::new(1_600, 10_000), ..s }).end, 9_000);
        let never = Cuts::Never("its filter never forgets".into());
        assert_eq!(cut(Situation { cuts: &never, ..s }).end, 10_000);
    }

    /// Clients of different speeds take segments whenever they are idle.
    /// Returns how many times the ideal time the film takes, and the number of pieces.
    fn makespan(frames: u64, speeds: &[f64]) -> (f64, usize) {
        let (mut next, mut pieces, all) = (0, 0, speeds.iter().sum::<f64>());
        let mut free: Vec<(f64, f64)> = speeds.iter().map(|&speed| (0.0, speed)).collect();
        while next < frames {
            let (at, speed) = free.iter_mut().min_by(|a, b| a.0.total_cmp(&b.0)).expect("clients");
            let range = cut(situation(FrameRange::new(next, frames), *speed, all, speeds.len() as u64));
            (next, pieces) = (range.end, pieces + 1);
            *at += range.len() as f64 / *speed;
        }
        let last = free.iter().map(|(at, _)| *at).fold(0.0, f64::max);
        (last / (frames as f64 / all), pieces)
    }

    #[test]
    fn unlike_clients_finish_together() {
        for (frames, speeds, most) in [
            (20_000, [10.0, 20.0, 40.0], 60),
            (100_000, [5.0, 50.0, 25.0], 120),
            (7_200, [30.0, 30.0, 30.0], 30),
        ] {
            let (ratio, pieces) = makespan(frames, &speeds);
            assert!(
                ratio < 1.12 && pieces <= most,
                "{frames} {speeds:?}: {ratio:.3} of ideal in {pieces} pieces"
            );
        }
    }

    proptest! {
        #[test]
        fn cuts_tile_any_film(frames in 1u64..50_000, speed in 0.0f64..500.0, others in 0.0f64..500.0,
                              clients in 1u64..20, every in 1u64..900) {
            let cuts = Cuts::Near((0..frames).step_by(every as usize).collect());
            let mut at = 0;
            while at < frames {
                let range = FrameRange::new(at, frames);
                let got = cut(Situation { cuts: &cuts, ..situation(range, speed, speed + others, clients) });
                prop_assert!(!got.is_empty() && range.contains(got) && got.start == at);
                prop_assert!(got.len() >= SEGMENT_FRAMES_MIN.min(frames - at), "{got} of {frames}");
                let rest = frames - got.end;
                prop_assert!(rest == 0 || rest >= SEGMENT_FRAMES_MIN.min(got.len()), "rest {rest} after {got}");
                at = got.end;
            }
        }
    }
}
