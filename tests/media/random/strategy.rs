//! Which films and cuts there are. Everything shrinks toward a short H.264 film in MP4, silent, from zero, in one piece.

use std::ops::RangeInclusive;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;

use super::film::{Case, Codec, Container, Film, Groups, TICKS, Times};

const FRAMES_MAX: u32 = 70;
/// Two milliseconds, so that a millisecond's rounding never makes two times one, to half a second.
const STEPS: RangeInclusive<u32> = TICKS / 500..=TICKS / 2;

/// What exists in the world and is written by ffmpeg without loss of times.
const KINDS: &[(Codec, Container)] = {
    use Codec::*;
    use Container::*;
    &[
        (H264, Mp4),
        (H264, Mkv),
        (H264, Ts),
        (H264, Mov),
        (Hevc, Mp4),
        (Hevc, Mkv),
        (Hevc, Ts),
        (Mpeg4, Mp4),
        (Mpeg4, Mkv),
        (Mpeg4, Ts),
        (Mpeg4, Mov),
        (Vp9, WebM),
        (Vp9, Mkv),
        (Vp9, Mp4),
        (Ffv1, Mkv),
        (Ffv1, Mov),
        (Mjpeg, Mkv),
        (Mjpeg, Mov),
    ]
};

/// AVI and MPEG-2 know a constant rate only.
const CONSTANT_KINDS: &[(Codec, Container)] = {
    use Codec::*;
    use Container::*;
    &[
        (H264, Avi),
        (Mpeg4, Avi),
        (Mjpeg, Avi),
        (Ffv1, Avi),
        (Mpeg2, Mp4),
        (Mpeg2, Mkv),
        (Mpeg2, Ts),
        (Mpeg2, Avi),
    ]
};

const RATES: &[(u32, u32)] = &[(25, 1), (24_000, 1001), (30_000, 1001), (50, 1), (60_000, 1001)];

pub fn constant() -> impl Strategy<Value = Case> {
    let kinds = [KINDS, CONSTANT_KINDS].concat();
    let times = select(RATES).prop_map(|(num, den)| Times::Rate(num, den));
    case(select(kinds), times)
}

pub fn variable() -> impl Strategy<Value = Case> {
    let near = TICKS / 25;
    let jitter = vec(near - near / 3..=near + near / 3, 2..7);
    let times = prop_oneof![jitter, vec(STEPS, 1..7)].prop_map(Times::Steps);
    case(select(KINDS), times)
}

fn case(
    kinds: impl Strategy<Value = (Codec, Container)>,
    times: impl Strategy<Value = Times>,
) -> impl Strategy<Value = Case> {
    let pictures = (1..=FRAMES_MAX, 1..=40u32, groups(), 0..=4u32);
    let film = (kinds, times, pictures, offset(), sound(), trimmed()).prop_map(
        |(kind, times, pictures, offset_ms, sound_ms, trimmed_ms)| {
            let ((codec, container), (frames, group, groups, b_frames)) = (kind, pictures);
            // Something must be left of it.
            let trimmed_ms = if frames > 10 { trimmed_ms } else { 0 };
            Film { codec, container, times, frames, group, groups, b_frames, offset_ms, sound_ms, trimmed_ms }
        },
    );
    (film, cuts()).prop_map(|(film, cuts)| Case { film, cuts })
}

fn groups() -> impl Strategy<Value = Groups> {
    prop_oneof![4 => Just(Groups::Closed), 4 => Just(Groups::Open), 4 => Just(Groups::Refresh)]
}

fn offset() -> impl Strategy<Value = u32> {
    prop_oneof![3 => Just(0), 2 => Just(500), 2 => 1..5000u32, 1 => 1_000_000..90_000_000u32]
}

fn sound() -> impl Strategy<Value = Option<i32>> {
    prop_oneof![4 => Just(None), 2 => Just(Some(0)), 3 => (-400..400i32).prop_map(Some)]
}

fn trimmed() -> impl Strategy<Value = u32> {
    prop_oneof![4 => Just(0), 1 => 1..160u32]
}

/// Anywhere, or around one frame, which becomes a piece of its own.
fn cuts() -> impl Strategy<Value = Vec<u64>> {
    let last = u64::from(FRAMES_MAX) - 1;
    let anywhere = btree_set(1..=last, 0..8).prop_map(|cuts| cuts.into_iter().collect());
    let lonely = (1..last).prop_map(|frame| vec![frame, frame + 1]);
    prop_oneof![3 => anywhere, 2 => lonely]
}
