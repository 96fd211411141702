use super::*;
use proptest::prelude::*;

const LONG: Millis = Millis::secs(6);

fn film(base: Rational, ticks: Vec<i64>) -> FrameTimes {
    FrameTimes { base, ticks }
}

fn even(rate: Rational, frames: i64) -> FrameTimes {
    film(rate.inverse(), (0..frames).collect())
}

#[test]
fn a_film_of_25_frames_a_second() {
    let plan = MediaSegments::of_pictures(&even(Rational { num: 25, den: 1 }, 400), 1, LONG).unwrap();
    assert_eq!((plan.timescale(), plan.starts(), plan.edit()), (1000, &[0, 150, 300][..], 160));
    assert_eq!(plan.lengths_us(), [6_000_000, 6_000_000, 4_000_000]);
    assert_eq!(plan.range(2), FrameRange::new(300, 400));
}

#[test]
fn ntsc_lengths_are_rounded_so_that_their_sums_are_right() {
    let plan = MediaSegments::of_pictures(&even(Rational { num: 30_000, den: 1001 }, 900), 1, LONG).unwrap();
    assert_eq!((plan.timescale(), plan.starts()), (30_000, &[0, 180, 360, 540, 720][..]));
    assert_eq!(plan.lengths_us(), [6_006_000, 6_006_000, 6_006_000, 6_006_000, 6_006_000]);
    let plan =
        MediaSegments::of_pictures(&even(Rational { num: 24_000, den: 1001 }, 500), 1, Millis::secs(2))
            .unwrap();
    let lengths = plan.lengths_us();
    assert_eq!(lengths[..3], [2_002_000, 2_002_000, 2_002_000]);
    assert_eq!(lengths.iter().sum::<u64>(), 20_854_167);
}

#[test]
fn a_short_end_joins_its_neighbour_unless_that_gets_long() {
    let starts = |frames| {
        let times = even(Rational { num: 25, den: 1 }, frames);
        MediaSegments::of_pictures(&times, 1, Millis::secs(1)).unwrap().starts().to_vec()
    };
    assert_eq!(starts(61), [0, 25], "eleven frames");
    assert_eq!(starts(62), [0, 25, 50], "twelve");
    assert_eq!(starts(5), [0]);
    let slow = even(Rational { num: 2, den: 1 }, 26);
    let slow = MediaSegments::of_pictures(&slow, 1, LONG).unwrap();
    assert_eq!(slow.starts(), [0, 12], "two frames");
}

#[test]
fn a_pause_in_the_film_is_one_long_media_segment() {
    let base = Rational { num: 1, den: 1000 };
    let times: Vec<i64> =
        (0..50).map(|frame| 21 + frame * 40 + if frame < 30 { 0 } else { 20_000 }).collect();
    let plan = MediaSegments::of_pictures(&film(base, times), 40, Millis::secs(1)).unwrap();
    // The grid goes on from the film's beginning: 21.2 s are behind 21.
    assert_eq!((plan.starts(), plan.shown_at(30)), (&[0, 25, 30][..], 21_221));
    assert_eq!(plan.lengths_us(), [1_000_000, 20_200_000, 800_000]);
}

#[test]
fn keys_are_forced_between_two_frames() {
    let plan =
        MediaSegments::of_pictures(&even(Rational { num: 25, den: 1 }, 400), 1, Millis::secs(2)).unwrap();
    assert_eq!(plan.keys_us(FrameRange::new(0, 400)).len(), 7);
    assert_eq!(plan.keys_us(FrameRange::new(50, 200)), [1_990_000, 3_990_000]);
    assert_eq!(plan.keys_us(FrameRange::new(50, 100)), [0; 0]);
    let ntsc = even(Rational { num: 30_000, den: 1001 }, 90);
    let ntsc = MediaSegments::of_pictures(&ntsc, 1, Millis::secs(1)).unwrap();
    // The middle between two frames would be rounded to the first of them.
    assert_eq!(ntsc.keys_us(FrameRange::new(0, 60)), [992_667]);
    assert_eq!(plan.within(FrameRange::new(50, 200)), Some(1..4));
    assert_eq!(plan.within(FrameRange::new(350, 400)), Some(7..8));
    for within in [FrameRange::new(50, 199), FrameRange::new(1, 50), FrameRange::new(50, 50)] {
        assert_eq!(plan.within(within), None);
    }
}

#[test]
fn sound_is_cut_where_the_picture_is() {
    let plan =
        MediaSegments::of_pictures(&even(Rational { num: 25, den: 1 }, 100), 1, Millis::secs(2)).unwrap();
    let packets = SoundPackets { rate: 48_000, lengths: vec![1024; 189], priming: 1024, begins_us: 0 };
    let sound = plan.beside(&packets).unwrap();
    // The first packet that is heard from two seconds on: 94 · 1024 − 1024 is before.
    assert_eq!((sound.starts(), sound.shown_at(95), sound.edit()), (&[0, 95][..], 96_256, 1024));
    assert_eq!((sound.decoded_at(0), sound.decoded_at(95)), (0, 97_280));
    assert_eq!(sound.lengths_us(), [2_005_333, 2_005_334], "all that is heard");
    let late = plan.beside(&SoundPackets { begins_us: 3_000_000, ..packets.clone() }).unwrap();
    assert_eq!(late.starts(), [0]);
    assert!(plan.beside(&SoundPackets { begins_us: -1000, ..packets.clone() }).is_err());
    assert!(plan.beside(&SoundPackets { lengths: vec![], ..packets.clone() }).is_err());
    assert!(plan.beside(&SoundPackets { lengths: vec![u64::MAX], ..packets }).is_err());
}

#[test]
fn clocks_that_can_not_be_told_are_refused() {
    for base in
        [Rational { num: 0, den: 1 }, Rational { num: 1, den: 1 << 40 }, Rational { num: -1, den: 25 }]
    {
        assert!(MediaSegments::of_pictures(&film(base, vec![0, 1]), 1, LONG).is_err(), "{base}");
    }
    let usual = Rational { num: 1, den: 25 };
    for ticks in [vec![-1, 0], vec![0, 0], vec![1, 0], vec![0, i64::MAX], vec![]] {
        assert!(MediaSegments::of_pictures(&film(usual, ticks.clone()), 1, LONG).is_err(), "{ticks:?}");
    }
    assert!(MediaSegments::of_pictures(&film(usual, vec![0]), 0, LONG).is_err(), "a frame that never ends");
}

proptest! {
    #[test]
    fn media_segments_tile_any_film(
        gaps in prop::collection::vec(1_i64..4000, 1..400),
        first in 0_i64..5000,
        length in 1_u64..8000,
        den in prop::sample::select(vec![1, 25, 1000, 24_000, 90_000, 1_000_000]),
    ) {
        let ticks: Vec<i64> = gaps.iter().scan(first, |at, gap| { *at += gap; Some(*at) }).collect();
        let base = Rational { num: 1, den };
        let plan = MediaSegments::of_pictures(&film(base, ticks.clone()), 7, Millis(length)).unwrap();
        let ranges: Vec<FrameRange> = (0..plan.count()).map(|number| plan.range(number)).collect();
        prop_assert_eq!((ranges[0].start, ranges[ranges.len() - 1].end), (0, ticks.len() as u64));
        prop_assert!(ranges.windows(2).all(|pair| pair[0].end == pair[1].start && !pair[0].is_empty()));
        // Exact, and no more than one frame longer than wanted, but for the last.
        for (frame, &tick) in ticks.iter().enumerate() {
            prop_assert_eq!(i128::from(plan.shown_at(frame as u64)) * i128::from(den), i128::from(tick) * i128::from(plan.timescale()));
        }
        let us: u64 = plan.lengths_us().iter().sum();
        prop_assert_eq!(us.cast_signed(), base.micros(ticks[ticks.len() - 1] + 7) - base.micros(ticks[0]));
        for range in &ranges[..ranges.len() - 1] {
            let last = ticks[range.end as usize - 1] - ticks[0];
            let begins = ticks[range.start as usize] - ticks[0];
            let cell = |ticks: i64| i128::from(ticks) * 1000 / (i128::from(length) * i128::from(den));
            prop_assert!(cell(last) <= cell(begins) + 1, "{} {}", begins, last);
        }
        // ffmpeg rounds each time to the encoder's ticks, and forces the first frame from there on.
        let keys = plan.keys_us(FrameRange::new(0, ticks.len() as u64));
        let forced = keys.iter().map(|&key| Rational::MICROS.rescale(key, base) + ticks[0]);
        let forced: Vec<u64> = forced.map(|time| ticks.partition_point(|tick| *tick < time) as u64).collect();
        prop_assert_eq!(&forced[..], &plan.starts()[1..]);
    }
}
