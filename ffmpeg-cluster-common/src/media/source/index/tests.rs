use proptest::prelude::*;

use super::*;
use crate::limits::FRAMES_MAX;
use crate::media::source::clock;

const TB: Rational = Rational { num: 1, den: 12800 };

fn built(lines: &[&str]) -> Result<Index, Untrusted> {
    let mut builder = IndexBuilder::packets(TB);
    lines.iter().for_each(|line| builder.line(line));
    builder.finish()
}

/// As ffmpeg prints them: each moved by one more step, and far where the clock is set back.
fn decoded(builder: &mut IndexBuilder, times: &[i64]) {
    let mut setbacks = 0;
    for (n, pts) in times.iter().enumerate() {
        let is_back = n > 0 && clock::set_back(builder.clock(), times[n - 1], *pts).is_some();
        setbacks += i64::from(is_back);
        let number = pts + APART * n as i64 + (1 << 45) * setbacks;
        builder.line(&format!("0, {number:10}, {number:10}, 512, 384, 0x1"));
    }
}

pub(crate) fn regular(frames: u64, every: u64) -> Index {
    let times = (0..frames as i64).map(|n| n * 512).collect();
    Index {
        time_base: TB,
        times,
        keys: (0..frames).step_by(every as usize).collect(),
        doubled: vec![],
        leading: false,
        resets: vec![],
        setbacks: vec![],
        last_length: 0,
    }
}

#[test]
fn a_film_without_end_is_beyond_the_bound() {
    for line in ["1,1,1,K__", "N/A,N/A,1,K__"] {
        let mut builder = IndexBuilder::packets(Rational { num: 1, den: 25 });
        (0..FRAMES_MAX).for_each(|_| builder.line(line));
        assert!(!builder.is_beyond());
        builder.line(line);
        assert!(builder.is_beyond());
    }
}

#[test]
fn packets_in_decoding_order_become_frames_in_order() {
    let index =
        built(&["0,-1024,512,K_", "1536,-512,512,__", "512,0,512,__", "1024,512,512,__", "2048,1024,700,K_"])
            .unwrap();
    assert_eq!(index.times, [0, 512, 1024, 1536, 2048]);
    assert_eq!((index.keys.as_slice(), index.last_length), (&[0, 4][..], 700));
}

#[test]
fn frames_that_lead_their_key_frame_are_known() {
    let leads = |lines: &[&str]| built(lines).unwrap().leading;
    assert!(
        !leads(&["0,0,1,K_", "3,1,1,__", "1,2,1,__", "2,3,1,__", "4,4,1,K_", "5,5,1,__"]),
        "closed groups"
    );
    assert!(leads(&["0,0,1,K_", "1,1,1,__", "4,2,1,K_", "3,3,1,__", "2,4,1,__"]), "an open group");
}

#[test]
fn what_an_edit_list_discards_is_no_frame() {
    let index = built(&["-512,-512,1,KD", "0,0,1,_D", "512,512,1,__", "1024,1024,1,K__"]).unwrap();
    assert_eq!((index.times, index.keys), (vec![512, 1024], vec![1]));
}

#[test]
fn transport_streams_print_side_data_lines() {
    let index =
        built(&["133200,126000,1,K_,", "", "144000,129600,1,__,", "", "136800,133200,1,__,"]).unwrap();
    assert_eq!(index.times, [133_200, 136_800, 144_000]);
}

#[test]
fn packets_without_times_or_with_doubled_ones_are_not_trusted() {
    let missing = built(&["N/A,0,1,K_", "N/A,1,1,__"]).unwrap_err();
    assert_eq!((missing.reason.as_str(), missing.key_times.as_slice()), ("2 packets have no time", &[0][..]));
    let doubled = built(&["0,0,1,K_", "512,512,1,__", "512,1024,1,__"]).unwrap_err();
    assert!(doubled.reason.contains("two packets have the time 0.040000 s"), "{}", doubled.reason);
    assert!(built(&[]).unwrap_err().reason.contains("no packets"));
}

#[test]
fn decoded_frames_are_read_from_their_checksums() {
    let mut builder = IndexBuilder::decoding(TB, vec![0, 1000]);
    builder.line("#tb 0: 1/12800");
    decoded(&mut builder, &[0, 512, 1024]);
    let index = builder.finish().unwrap();
    assert_eq!((index.times, index.keys), (vec![0, 512, 1024], vec![0, 2]));
}

#[test]
fn frames_that_share_a_time_follow_a_tick_behind() {
    let mut builder = IndexBuilder::decoding(TB, vec![0]);
    decoded(&mut builder, &[0, 512, 512, 511, 1536]);
    let index = builder.finish().unwrap();
    assert_eq!((index.times, index.doubled), (vec![0, 512, 513, 514, 1536], vec![2, 3]));
}

/// 1,200 frames a second in milliseconds: a tick for each would leave the sound behind.
#[test]
fn a_film_of_more_frames_than_ticks_is_refused() {
    let milliseconds = Rational { num: 1, den: 1000 };
    let reason_of = |frames: i64| {
        let mut builder = IndexBuilder::decoding(milliseconds, vec![0]);
        decoded(&mut builder, &(0..frames).map(|n| n * 1000 / 1200).collect::<Vec<_>>());
        builder.finish().err().map(|untrusted| untrusted.reason)
    };
    assert_eq!(reason_of(240), None, "forty milliseconds at its end");
    let reason = reason_of(2400).expect("refused");
    assert!(
        reason.contains("more frames than its clock has ticks") && reason.contains("0.400 s"),
        "{reason}"
    );
}

#[test]
fn stretches_of_a_film_whose_clock_is_set_back_follow_each_other() {
    let mut builder = IndexBuilder::decoding(TB, vec![0, 25_600]);
    decoded(&mut builder, &[25_600, 26_112, 26_624, 0, 512, 512, 1024]);
    let index = builder.finish().unwrap();
    assert_eq!(index.times, [25_600, 26_112, 26_624, 27_136, 27_648, 27_649, 28_160]);
    assert_eq!(index.setbacks, [Setback { first: 3, by: 26_624, shift: 27_136 }]);
    // A time is no frame's name any more: nothing is sought by it.
    assert_eq!((index.keys, index.doubled), (vec![], vec![5]));
}

#[test]
fn a_clock_may_be_set_back_by_hours() {
    let mut builder = IndexBuilder::decoding(TB, vec![]);
    decoded(&mut builder, &[9 * APART, 9 * APART + 512, 0, 512]);
    let index = builder.finish().unwrap();
    assert_eq!(index.times, (0..4).map(|n| 9 * APART + n * 512).collect::<Vec<_>>());
    assert_eq!(index.setbacks[0].by, 9 * APART + 512);
}

/// Two recordings in one file may have no time in common; sorted, the second would come first.
#[test]
fn packets_whose_clock_is_set_back_are_not_trusted() {
    let lines = |second: i64| {
        let first = (0..3).map(|n| 25_600 + n * 512).chain((0..3).map(move |n| second + n * 512));
        first.map(|time| format!("{time},{},512,__", time - 1024)).collect::<Vec<_>>()
    };
    let listed = |second: i64| {
        let mut builder = IndexBuilder::packets(TB);
        lines(second).iter().for_each(|line| builder.line(line));
        builder.finish()
    };
    let reason = listed(0).unwrap_err().reason;
    assert_eq!(reason, "the packets' clock jumps to -0.080000 s");
    assert!(listed(30_000).is_ok());
}

#[test]
fn lists_of_older_servers_are_read() {
    let (index, mut bytes) = (Index { resets: vec![2], ..regular(3, 2) }, Vec::new());
    index.write(&mut bytes).unwrap();
    // What is not known of them is thought the worst of: then a decoder has its excuse.
    let index = Index { resets: vec![], ..index };
    bytes.truncate(bytes.len() - 8);
    bytes[7] = b'5';
    bytes.drain(9 * 8..10 * 8);
    assert_eq!(Index::read(bytes.as_slice()).unwrap(), index);
    let index = Index { leading: true, ..index };
    bytes[7] = b'4';
    bytes.drain(8 * 8..9 * 8);
    assert_eq!(Index::read(bytes.as_slice()).unwrap(), index);
    bytes[7] = b'3';
    bytes.drain(7 * 8..8 * 8);
    assert_eq!(Index::read(bytes.as_slice()).unwrap(), index);
}

#[test]
fn reading_starts_so_many_groups_early() {
    let index = regular(100, 10);
    let seek = |frame, groups| index.seek_from(frame, frame, groups);
    assert_eq!((seek(0, 2), seek(10, 1)), (None, Some(10 * 512)));
    assert_eq!(seek(19, 2), None, "the key frame before is the film's first: no seek");
    assert_eq!((seek(20, 2), seek(29, 2)), (Some(10 * 512), Some(10 * 512)));
    assert_eq!((seek(30, 2), seek(29, 1)), (Some(20 * 512), Some(20 * 512)));
}

#[test]
fn a_decoder_may_begin_with_a_key_frame_that_nothing_is_shown_before() {
    let index = regular(100, 25);
    assert!(index.is_clean_start(25) && index.is_clean_start(75));
    assert!(!index.is_clean_start(26), "no key frame");
    assert!(!Index { leading: true, ..index.clone() }.is_clean_start(25));
    assert!(!Index { setbacks: vec![Setback { first: 3, by: 1, shift: 1 }], ..index }.is_clean_start(25));
    assert!(!regular(100, 10).is_clean_start(50), "a seek might land on the next one");
}

#[test]
fn key_frames_are_resets_where_ffmpeg_lists_their_units_in_the_same_ticks() {
    let noted = |base: &str| {
        let packets = "#codec 0: h264\n0, -1024, 0, 512, 9, 0x1\n0, 24576, 25600, 512, 9, 0x1\n0, 1, 26112, 1, 9, 0x1\n";
        let mut index = regular(100, 25);
        index.note_resets(&format!("{base}\n{packets}"));
        index.resets
    };
    assert_eq!(noted("#tb 0: 1/12800"), [0, 50], "and no frame that is no key frame");
    assert!(
        noted("#tb 0: 1/25600").is_empty() && noted("#tb 0: 1").is_empty() && noted("#tb 0: 1/0").is_empty()
    );
}

pub(crate) const PICTURE: &str = r#"{"width":160,"height":120,"pix_fmt":"yuv420p","time_base":{"num":1,"den":12800},
    "frame_rate":{"num":25,"den":1},"base_rate":{"num":25,"den":1},"sample_aspect":null,"field_order":null,
    "color_range":null,"color_space":null,"color_transfer":null,"color_primaries":null,"chroma_location":null,"rotation":0}"#;

#[test]
fn a_ten_hour_film_fits_in_memory_and_its_cuts_are_few() {
    let index = regular(2_160_000, 1);
    assert!(std::mem::size_of_val(index.times.as_slice()) < 18 << 20);
    assert_eq!(index.cuts().len(), 90_000);
}

proptest! {
    #[test]
    fn written_and_read_is_the_same(gaps in proptest::collection::vec(1i64..5000, 1..200), every in 1usize..50, doubles in 1usize..50, backs in 40u64..90) {
        let times: Vec<i64> = gaps.iter().scan(-700, |at, gap| { *at += gap; Some(*at) }).collect();
        let keys = (0..times.len() as u64).step_by(every).collect();
        let doubled = (1..times.len() as u64).step_by(doubles).collect();
        let setbacks = (1..times.len() as u64).step_by(backs as usize);
        let setbacks = setbacks.map(|first| Setback { first, by: 7, shift: -9 }).collect();
        let resets = (0..times.len() as u64).step_by(2 * every).collect();
        let leading = every % 2 == 0;
        let index = Index { time_base: TB, times, keys, doubled, leading, resets, setbacks, last_length: 512 };
        let mut bytes = Vec::new();
        index.write(&mut bytes).unwrap();
        prop_assert_eq!(Index::read(bytes.as_slice()).unwrap(), index);
        bytes.truncate(bytes.len() - 1);
        prop_assert!(Index::read(bytes.as_slice()).is_err());
    }
}

#[test]
fn a_time_beyond_all_films_is_none() {
    for mut builder in
        [IndexBuilder::packets(Rational::MICROS), IndexBuilder::decoding(Rational::MICROS, vec![])]
    {
        builder.line("0,-9223372036854775808,-9223372036854775808,___");
        builder.line("9223372036854775807,0,9223372036854775807,K__");
        assert!(builder.finish().is_err());
    }
}

/// A film of VP8 in MP4 came back with all frames behind the two that share a time a frame too
/// late.
#[test]
fn frames_that_share_a_time_do_not_push_those_behind_them_where_ticks_are_long() {
    let told = |times: &[i64]| {
        let mut builder = IndexBuilder::decoding(Rational { num: 1, den: 24 }, vec![0, 7]);
        decoded(&mut builder, times);
        builder.finish().unwrap()
    };
    let index = told(&[0, 2, 3, 4, 5, 6, 7, 7, 8]);
    assert_eq!(index.time_base, Rational { num: 1, den: 24 * 128 });
    let own = [0, 2, 3, 4, 5, 6, 7].map(|tick| tick * 128);
    assert_eq!((&index.times[..7], &index.times[7..]), (&own[..], &[7 * 128 + 1, 8 * 128][..]));
    assert_eq!((index.keys, index.doubled), (vec![0, 6], vec![7]));
    // A steady rate that whole ticks give back is kept.
    let steady = told(&[0, 1, 1, 3, 4]);
    assert_eq!((steady.time_base.den, steady.times), (24, vec![0, 1, 2, 3, 4]));
}
