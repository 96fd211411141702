use proptest::prelude::*;

use super::*;
use crate::media::command::encode;
use crate::media::params::{Span, parse, words};
use crate::media::plan::witness::Lead;
use crate::media::plan::work::{Cut, Window};
use crate::media::sample::film;
use crate::media::source::index::tests::{PICTURE, regular};
use crate::media::words::container::Container;

/// A film that nothing is asked of.
pub(crate) fn plain(index: Index) -> Timeline {
    of(index, "")
}

fn of(index: Index, line: &str) -> Timeline {
    let profile = parse(&words(line).unwrap(), Container::Matroska).unwrap();
    let mut source = film();
    source.start_us = 0;
    Timeline::new(index, &source, &profile).unwrap()
}

fn frames(start: u64, end: u64) -> FrameRange {
    FrameRange::new(start, end)
}

#[test]
fn usually_each_frame_keeps_its_time() {
    let timeline = plain(regular(100, 10));
    let window = timeline.window(frames(30, 60));
    assert_eq!((window.start, window.end, window.seek), (30 * 512, Some(60 * 512), Some(20 * 512)));
    assert_eq!((window.result.first, window.result.last, window.result.cut), (30 * 512, 59 * 512, Cut::None));
    assert_eq!(timeline.window(frames(60, 100)).end, None);
}

/// Newer ffmpeg counts the frames of a bare stream from zero wherever it begins to read: a piece
/// from the middle held other frames.
#[test]
fn bare_streams_and_lying_key_frames_are_read_from_the_beginning() {
    let window = |format: &str, codec: &str| {
        let profile = parse(&words("").unwrap(), Container::Matroska).unwrap();
        let mut source = film();
        source.format = format.into();
        source.streams[0].codec = codec.into();
        let mut index = regular(100, 10);
        index.times.iter_mut().for_each(|time| *time += 512);
        Timeline::new(index, &source, &profile).unwrap().window(frames(30, 60))
    };
    let facts = |window: Window| (window.seek.is_some(), window.counted_from);
    assert_eq!(facts(window("mov,mp4,m4a,3gp,3g2,mj2", "h264")), (true, None));
    assert_eq!(facts(window("mov,mp4,m4a,3gp,3g2,mj2", "rpza")), (false, None));
    assert_eq!(facts(window("m4v", "mpeg4")), (false, None));
    assert_eq!(facts(window("mpegvideo", "mpeg2video")), (false, Some(512)));
}

/// A picture that is refreshed by columns has key frames, too, with which no decoder may begin.
#[test]
fn pieces_of_h264_have_a_lead_in_unless_their_key_frame_is_a_reset() {
    let seek = |codec: &str, resets: &[u64], start| {
        let profile = parse(&words("").unwrap(), Container::Matroska).unwrap();
        let mut source = film();
        (source.start_us, source.streams[0].codec) = (0, codec.into());
        let index = Index { resets: resets.to_vec(), ..regular(150, 25) };
        let timeline = Timeline::new(index, &source, &profile).unwrap();
        let (window, witness) = (timeline.window(frames(start, 120)), timeline.witness(frames(start, 120)));
        timeline.seek(&window, &witness, Lead::default()).map(|time| time / 512)
    };
    for codec in ["h264", "hevc"] {
        assert_eq!([seek(codec, &[], 75), seek(codec, &[0, 50], 75)], [Some(50), Some(50)]);
        assert_eq!([seek(codec, &[75], 75), seek(codec, &[75], 80)], [Some(75), Some(75)]);
        assert_eq!(seek(codec, &[50], 80), Some(50));
    }
    assert_eq!([seek("vp9", &[], 75), seek("av1", &[75], 75)], [Some(75), Some(50)]);
}

/// A job by chance had one frame of such a film, plain ffmpeg two: 0.04 s were 2 ticks of a
/// sixtieth, counted from 0.
#[test]
fn a_part_of_a_late_film_ends_to_the_microsecond() {
    let base = Rational::new(1, 60).unwrap();
    let part = |start_us, us| {
        let span = Span { start_us, length_us: Some(us), ..Span::default() };
        super::steps::part(base, 100, |frame| i64::try_from(frame).unwrap() + 1, span)
    };
    assert_eq!(part(0, 40_000), frames(0, 2));
    assert_eq!(part(0, 33_333), frames(0, 1));
    assert_eq!(part(0, 33_334), frames(0, 2));
    assert_eq!(part(0, 1), frames(0, 0));
    assert_eq!(part(50_000, 50_000), frames(2, 5));
}

#[test]
fn filters_that_look_around_get_margins_which_are_cut_off_again() {
    let window = of(regular(100, 10), "-vf yadif").window(frames(30, 60));
    assert_eq!((window.start, window.end, window.seek), (28 * 512, Some(62 * 512), Some(10 * 512)));
    assert_eq!((window.result.first, window.result.end), (30 * 512, Some(60 * 512)));
    assert_eq!(window.result.cut, Cut::Margins { pad: 0 });
    assert_eq!(of(regular(100, 10), "-vf yadif").window(frames(0, 100)).result.cut, Cut::None);
}

#[test]
fn fields_make_two_frames_of_each() {
    let timeline = of(regular(100, 10), "-vf yadif=1");
    assert_eq!((timeline.frames(), timeline.time_base().den), (200, 25_600));
    assert_eq!([0, 1, 2, 199].map(|n| timeline.time(n)), [0, 512, 1024, 199 * 512]);
    let window = timeline.window(frames(60, 120));
    assert!(window.start <= 28 * 512 && window.end.unwrap() >= 62 * 512, "{window:?}");
    assert_eq!(timeline.cuts()[1], 60, "key frames 24 apart, of which each is two frames now");
}

#[test]
fn a_rate_has_a_frame_at_every_tick() {
    let timeline = of(regular(100, 10), "-r 10");
    assert_eq!(
        (timeline.frames(), timeline.time(3), timeline.time_base()),
        (40, 3, Rational { num: 1, den: 10 })
    );
    let window = timeline.window(frames(10, 20));
    assert!(window.start <= 23 * 512, "the frame that is shown at 1.0 s, and the one before: {window:?}");
    assert!(window.end.unwrap() > 51 * 512, "a frame that is later than the last tick: {window:?}");
    let Cut::Margins { pad } = timeline.window(frames(20, 40)).result.cut else { panic!("no margins") };
    assert!(pad >= 2, "the film's end is padded, for its last frame's length is a guess");
}

#[test]
fn a_part_is_what_one_run_lets_pass() {
    let timeline = of(regular(100, 10), "-ss 1 -t 1");
    assert_eq!((timeline.frames(), timeline.time(0), timeline.time(24)), (25, 12_800, 12_800 + 24 * 512));
    assert_eq!(timeline.window(frames(0, 25)).end, Some(50 * 512));
    assert_eq!(of(regular(100, 10), "-ss 0.99 -to 1.05").frames(), 2);
    assert_eq!(of(regular(100, 10), "-frames:v 7").frames(), 7);
    assert_eq!(of(regular(100, 10), "-vf yadif=1 -ss 1 -frames:v 7").time(0), 25_600);
    let profile = parse(&words("-ss 5").unwrap(), Container::Matroska).unwrap();
    let nothing = Timeline::new(regular(100, 10), &film(), &profile).unwrap_err();
    assert!(nothing.message.contains("no frame of the film lies in the part"), "{nothing:?}");
}

#[test]
fn the_last_of_a_number_of_frames_ends_all_streams() {
    let ends = |index: Index, line: &str| of(index, line).span().length_us;
    for (line, us) in [
        ("-frames:v 7", Some(280_000)),
        ("-frames:v 250", Some(10_000_000)),
        ("-frames:v 251", None),
        ("-ss 1 -frames:v 25", Some(1_000_000)),
        ("-ss 1 -t 0.5 -frames:v 25", Some(500_000)),
        ("-ss 1 -t 9 -frames:v 25", Some(1_000_000)),
        ("-r 50 -frames:v 7", Some(140_000)),
        ("-vf yadif=1 -frames:v 7", Some(140_000)),
    ] {
        assert_eq!(ends(regular(250, 10), line), us, "{line}");
    }
    let uneven = Index { times: vec![0, 512, 51_200, 51_712], ..regular(4, 1) };
    assert_eq!(ends(uneven, "-frames:v 2"), Some(4_000_000), "the second frame is shown until the third");
}

/// The server panicked: it asked for the time of the frame behind the last one.
#[test]
fn the_last_piece_of_fields_is_decoded_twice_to_its_end() {
    let timeline = of(regular(100, 10), "-vf yadif=1");
    let profile = parse(&words("-vf yadif=1").unwrap(), Container::Matroska).unwrap();
    let work = encode::picture_work(&film(), &timeline, &profile, frames(100, 200)).unwrap();
    let twice = encode::twice(work, &timeline, frames(150, 200));
    assert!(twice.second.is_some_and(|second| second.end.is_none()), "{:?}", twice.second);
}

fn over(index: Index, line: &str) -> Option<String> {
    let profile = parse(&words(line).unwrap(), Container::Matroska).unwrap();
    let fault = Timeline::new(index, &film(), &profile).err()?;
    assert_eq!(fault.code, FaultCode::OverBound, "{line}: {fault:?}");
    Some(fault.message)
}

/// Four frames thirty days apart and `-r 1000` made a list of 20 GB, and the server died of it at
/// each start.
#[test]
fn frames_that_a_rate_or_fields_make_are_counted_before_they_are_made() {
    let day = 86_400 * 12_800;
    let gap = || Index { times: vec![0, 512, 30 * day, 30 * day + 512], ..regular(4, 1) };
    let told = over(gap(), "-r 1000").unwrap();
    assert!(told.contains("2592000080 frames of it, more than 8388608"), "{told}");
    let fields = ["yadif=1"; 4].join(",");
    for line in ["-vf fps=1000", "-r 1000 -t 90000", "-vf fps=1000,fps=1", &format!("-vf fps=25,{fields}")] {
        assert!(over(gap(), line).is_some(), "{line}");
    }
    let told = over(regular(600_000, 250), &format!("-vf {fields}")).unwrap();
    assert!(told.contains("9600000 frames"), "600,000 of them, twice four times: {told}");
    for (line, frames) in [("-r 1", 2_592_000), ("-r 1000 -t 60", 60_000), ("-r 1000 -frames:v 7", 7)] {
        assert_eq!(of(gap(), line).frames(), frames, "{line}");
    }
    let latest = Index { last_length: crate::limits::TICKS_MAX, ..regular(4, 1) };
    assert!(over(latest, "-r 1000").is_some());
}

#[test]
fn a_rate_that_makes_too_much_of_a_film_is_refused_by_what_its_header_says() {
    let refused = |duration_us: Option<i64>, line: &str| {
        let profile = parse(&words(line).unwrap(), Container::Matroska).unwrap();
        let source = Source { duration_us, ..film() };
        may_be_made(&source, &profile).err().map(|fault| fault.code)
    };
    let month = Some(30 * 86_400_000_000);
    for (duration, line, wanted) in [
        (month, "-r 1000", true),
        (month, "-vf yadif=1,fps=25", true),
        (month, "-vf fps=2,yadif=1,yadif=1", true),
        (month, "-r 1000 -t 60", false),
        (month, "-r 3", false),
        (month, "", false),
        (Some(3_000_000), "-r 0.2", false),
        (month, "-vf yadif=1", false),
        (Some(7_200_000_000), "-r 1000", false),
        (None, "-r 1000", false),
    ] {
        let code = wanted.then_some(FaultCode::OverBound);
        assert_eq!(refused(duration, line), code, "{line}");
    }
}

/// Twelve times made 3,072,000 frames of 750, which is within what a film may have.
#[test]
fn frames_are_doubled_four_times_at_most() {
    let line = |times: usize| format!("-vf {}", vec!["yadif=1"; times].join(","));
    let read = |line: &str| parse(&words(line).unwrap(), Container::Matroska).unwrap();
    for (line, taken) in [
        (line(4), true),
        (line(5), false),
        (line(12), false),
        ("-vf yadif=1,fps=1000,bwdif,yadif=1,yadif=1".into(), true),
        ("-vf yadif=1,bwdif,yadif=1,fps=25,yadif=1,yadif=1".into(), false),
        ("-vf yadif=1,yadif=1,yadif=1,yadif=1,yadif=1,decimate".into(), false),
    ] {
        let profile = read(&line);
        let at_the_door = may_be_made(&film(), &profile).err().map(|fault| fault.code);
        let indexed = Timeline::new(regular(75, 10), &film(), &profile).err().map(|fault| fault.code);
        let wanted = (!taken).then_some(FaultCode::OverBound);
        assert_eq!((at_the_door, indexed), (wanted, wanted), "{line}");
    }
}

/// ffmpeg makes none of it, and the piece would be none.
#[test]
fn a_rate_slower_than_the_film_is_long_is_refused() {
    let profile = parse(&words("-r 0.01").unwrap(), Container::Matroska).unwrap();
    let told = Timeline::new(regular(100, 10), &film(), &profile).unwrap_err();
    assert!(told.message.contains("too short for a rate of 1/100 frames a second"), "{told:?}");
    assert_eq!(may_be_made(&film(), &profile).unwrap_err().message, told.message);
}

#[test]
fn filters_that_need_the_whole_film_say_so() {
    assert_eq!(plain(regular(100, 10)).one_piece(), None);
    let why = of(regular(100, 10), "-vf hqdn3d,scale=2:2").one_piece();
    assert_eq!(why.as_deref(), Some("the filter hqdn3d must see the whole film"));
    let own = of(regular(100, 10), "-vf fieldmatch,decimate -ss 1");
    assert!(own.is_own() && own.one_piece().is_some());
    assert_eq!(own.window(frames(0, own.frames())).result.first, 12_800);
}

#[test]
fn frames_that_share_a_time_are_read_together() {
    let mut index = regular(100, 10);
    index.times[31] = 30 * 512 + 1;
    index.doubled = vec![31];
    let window = plain(index).window(frames(31, 60));
    assert_eq!((window.start, window.doubled), (30 * 512, true));
    assert_eq!((window.result.first, window.result.cut), (30 * 512 + 1, Cut::Margins { pad: 0 }));
}

#[test]
fn a_constant_rate_is_told_from_a_variable_one() {
    let mut picture: Picture = serde_json::from_str(PICTURE).unwrap();
    assert_eq!(plain(regular(100, 10)).constant_rate(&picture), Some(Rational { num: 25, den: 1 }));
    assert_eq!(
        of(regular(100, 10), "-vf yadif=1").constant_rate(&picture),
        Some(Rational { num: 50, den: 1 })
    );
    let mut index = regular(100, 10);
    index.times[50] += 100;
    assert_eq!(plain(index.clone()).constant_rate(&picture), None);
    assert_eq!(of(index, "-r 30").constant_rate(&picture), Some(Rational { num: 30, den: 1 }));
    // 23.976 in milliseconds, as Matroska tells it.
    let times = (0..500i64).map(|n| (n * 1001 * 1000 + 12_000) / 24_000).collect();
    let index = Index {
        time_base: Rational { num: 1, den: 1000 },
        times,
        keys: vec![0],
        doubled: vec![],
        leading: false,
        resets: vec![],
        setbacks: vec![],
        last_length: 0,
    };
    picture.base_rate = Rational { num: 24_000, den: 1001 };
    assert_eq!(plain(index).constant_rate(&picture), Some(picture.base_rate));
}

proptest! {
    #[test]
    fn windows_of_any_partition_tile_the_film(
        total in 1u64..300,
        every in 1u64..60,
        cuts in proptest::collection::btree_set(1u64..600, 0..12),
        line in prop_oneof![Just(""), Just("-vf yadif"), Just("-vf yadif=1"), Just("-r 10"), Just("-r 60"), Just("-ss 0.5 -r 7")],
    ) {
        let profile = parse(&words(line).unwrap(), Container::Matroska).unwrap();
        let mut source = film();
        source.start_us = 0;
        let Ok(timeline) = Timeline::new(regular(total, every), &source, &profile) else { return Ok(()) };
        let all = timeline.frames();
        let mut bounds: Vec<u64> = cuts.into_iter().filter(|cut| *cut < all).collect();
        bounds.insert(0, 0);
        bounds.push(all);
        for pair in bounds.windows(2) {
            let window = timeline.window(frames(pair[0], pair[1]));
            let inside = |t: i64| t >= window.result.first && window.result.end.is_none_or(|end| t < end);
            let here = (0..all).filter(|&n| inside(timeline.time(n))).count() as u64;
            prop_assert_eq!(here, pair[1] - pair[0]);
            prop_assert!(window.seek.is_none_or(|seek| seek <= window.start));
            let first = timeline.time_base().rescale(window.result.first, window.time_base);
            prop_assert!(window.start <= first, "the first frame's own source is read: {:?}", window);
        }
    }
}

/// The least rate that tells all times of a film of a variable one may be its clock's:
/// `fps=90000/1` was offered to clients.
#[test]
fn a_constant_rate_of_the_film_is_the_one_that_ffmpeg_guesses() {
    let chain = |mean: &str, base: &str| {
        let profile = parse(&words("-fps_mode cfr").unwrap(), Container::Matroska).unwrap();
        let mut source = film();
        let picture = source.streams.iter_mut().find_map(|stream| stream.picture.as_mut()).unwrap();
        [picture.frame_rate, picture.base_rate] = [mean, base].map(|rate| Rational::parse(rate).unwrap());
        may_be_made(&source, &profile).map(|()| {
            Timeline::new(regular(100, 10), &source, &profile).unwrap().chain().map(ToString::to_string)
        })
    };
    assert_eq!(chain("25/1", "50/1").unwrap().unwrap(), "fps=50/1");
    assert_eq!(chain("150000/6697", "90000/1").unwrap().unwrap(), "fps=150000/6697");
    let told = chain("90/1", "90000/1").unwrap_err().message;
    assert_eq!(told, "-fps_mode cfr: the film's own rate would be 90000/1; give one with -r, such as 25");
}

/// AVI was told the source's rate, and a film of twice as many frames took twice as long.
#[test]
fn the_rate_of_frames_that_only_filters_know_is_that_of_their_times() {
    let source = film();
    let (_, picture) = source.film_stream().unwrap();
    let told = |times: &[i64]| rate_of_own(picture, Rational::MICROS, times);
    assert_eq!(told(&[0, 20_000, 40_000, 60_000]), Some(Rational { num: 50, den: 1 }));
    assert_eq!(told(&[5, 400_005, 800_005]), Some(Rational { num: 5, den: 2 }));
    assert_eq!(told(&[0, 32_000, 64_000, 96_000]), Some(Rational { num: 125, den: 4 }));
    assert_eq!(told(&[0, 4_000_000, 8_000_000]), Some(Rational { num: 1, den: 4 }));
    assert_eq!(told(&[0, 16_683, 33_367, 50_050]), Some(Rational { num: 60_000, den: 1001 }));
    assert_eq!(told(&[0, 33_333, 66_667]), Some(Rational { num: 30, den: 1 }));
    assert_eq!(told(&[0, 20_000, 60_000]), None);
    assert_eq!(told(&[7]), Some(Rational { num: 25, den: 1 }));
}
