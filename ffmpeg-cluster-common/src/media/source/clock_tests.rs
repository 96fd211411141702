use super::*;

const TB: Rational = Rational { num: 1, den: 90_000 };
const FRAME: i64 = 3600;

fn laid(times: &[i64]) -> (Vec<i64>, Vec<Setback>) {
    let mut times = times.to_vec();
    let setbacks = lay(TB.into(), &mut times);
    (times, setbacks)
}

fn frames(first: i64, many: i64) -> impl Iterator<Item = i64> {
    (0..many).map(move |n| first + n * FRAME)
}

#[test]
fn each_stretch_follows_the_one_before_by_a_frame() {
    let own: Vec<i64> = frames(900_000, 50).chain(frames(133_200, 30)).chain(frames(0, 20)).collect();
    let (times, setbacks) = laid(&own);
    assert_eq!(times, frames(900_000, 100).collect::<Vec<_>>());
    let shifts = [900_000 + 50 * FRAME - 133_200, 900_000 + 80 * FRAME];
    let wanted = [
        Setback { first: 50, by: 900_000 + 49 * FRAME - 133_200, shift: shifts[0] },
        Setback { first: 80, by: 133_200 + 29 * FRAME, shift: shifts[1] },
    ];
    assert_eq!(setbacks, wanted);
}

#[test]
fn a_clock_that_runs_on_or_goes_back_a_little_is_left_alone() {
    for own in [vec![], vec![5], frames(0, 9).collect(), vec![0, 90_000, 45_000, 93_600], vec![0, 1 << 40]] {
        assert_eq!(laid(&own), (own, vec![]));
    }
    assert_eq!(laid(&[0, 90_000, 44_999]).1.len(), 1, "more than half a second");
}

/// A recording of MPEG that lies before the first: ffmpeg adds the whole length of the clock to its
/// times.
#[test]
fn a_leap_of_mpegs_clock_is_a_setback() {
    let first = 18_000_000;
    let own: Vec<i64> = frames(first, 9).chain(frames(MPEG_END, 9)).chain(frames(2 * first, 9)).collect();
    let (times, setbacks) = laid(&own);
    assert_eq!(times, frames(first, 27).collect::<Vec<_>>());
    let by: Vec<i64> = setbacks.iter().map(|setback| setback.by).collect();
    assert_eq!(by, [first + 8 * FRAME, MPEG_END + 8 * FRAME - 2 * first]);
    let mut coarse = own.clone();
    let setbacks = lay(Rational { num: 1, den: 1000 }.into(), &mut coarse);
    assert_eq!(setbacks.len(), 1, "another clock may stand still for days");
}

/// The frame before a setback may be shown long, or share its time; the film's usual length counts.
#[test]
fn a_frame_is_usually_as_long_as_most_are() {
    let own: Vec<i64> = frames(0, 9).chain([500_000, 500_000]).chain(frames(0, 9)).collect();
    assert_eq!(laid(&own).0[11], 500_000 + FRAME);
    assert_eq!(laid(&[90_000, 0]).0, [90_000, 90_001], "nobody knows");
}

#[test]
fn what_can_not_be_laid_out_is_refused() {
    let setbacks = |many: usize| vec![Setback { first: 1, by: 90_000, shift: 1 }; many];
    assert_eq!(refusal(&setbacks(SETBACKS_MAX), &[0, 1]), None);
    let often = refusal(&setbacks(SETBACKS_MAX + 1), &[0]).unwrap();
    assert_eq!(often, "the film's clock is set back 65 times; at most 64 are supported");
    assert_eq!(refusal(&[], &[TICKS_MAX + 1]), None);
    assert!(refusal(&setbacks(1), &[TICKS_MAX + 1]).unwrap().contains("too long"));
}

#[test]
fn filters_count_setbacks_and_add_what_each_is_laid_later() {
    assert_eq!(picture_filter(TB, &[]), None);
    assert_eq!(
        picture_filter(TB, &[500, 480 - MPEG_END]).unwrap(),
        "setpts='st(0,ld(0)+lt(PTS,PREV_INPTS-45000)+gt(PTS,PREV_INPTS+4294967296)*lt(PTS,PREV_INPTS+8589934592));\
         PTS+gte(ld(0),1)*(500)+gte(ld(0),2)*(-8589934612)'"
    );
    let layout = Layout { zero_us: -7, shifts_us: vec![5_000_000] };
    assert_eq!(
        layout.sound_filters(),
        "asetpts='st(0,ld(0)+lt(PTS,PREV_INPTS-500000/1000000/TB)\
         +gt(PTS,PREV_INPTS+47721858844/1000000/TB)*lt(PTS,PREV_INPTS+95443717689/1000000/TB));\
         PTS+round((-(-7)+gte(ld(0),1)*(5000000))/1000000/TB)',aresample=async=1:min_hard_comp=0.01"
    );
}

#[test]
fn packets_of_sounds_are_read_in_the_order_of_the_file() {
    assert_eq!(sound_packet("1,1.458667"), Some((1, 1_458_667)));
    assert_eq!(sound_packet("2,-0.021000,"), Some((2, -21_000)));
    assert_eq!(
        (sound_packet("1,N/A"), sound_packet(""), sound_packet("MPEGTS Stream ID")),
        (None, None, None)
    );
}

fn goes(sound: &[i64], picture: &[i64]) -> bool {
    let mut clock = SoundClock::default();
    sound.iter().for_each(|&us| clock.packet(us));
    clock.goes_with(picture)
}

#[test]
fn sound_goes_with_the_picture_where_its_clock_is_set_back_as_often_and_as_far() {
    let own = [0, 5_000_000, 21_000, 9_000_000, 9_021_000, 0];
    assert!(goes(&own, &[4_960_000, 8_990_000]));
    assert!(!goes(&own, &[4_960_000]) && !goes(&own, &[]), "more setbacks than the picture");
    assert!(!goes(&own[..4], &[4_960_000, 8_990_000]), "fewer");
    assert!(!goes(&own, &[4_960_000, 6_900_000]), "another one");
    assert!(goes(&[0, 21_000, 20_000], &[]), "no setback at all");
    assert!(goes(&[206_000_000, 95_445_100_000], &[204_600_000]), "by a leap");
}

/// A recording with a hole: ffmpeg closes it, and so do we. In other formats it is a picture that is shown for long.
#[test]
fn only_the_clock_of_an_mpeg_stream_leaps_ahead() {
    let own: Vec<i64> = frames(0, 9).chain(frames(9 * FRAME + 910_000, 9)).collect();
    let lay_of = |clock: Clock| {
        let mut times = own.clone();
        let by: Vec<i64> = lay(clock, &mut times).iter().map(|setback| setback.by).collect();
        (times, by)
    };
    assert_eq!(lay_of(TB.into()), (own.clone(), vec![]));
    let leaping = Clock { time_base: TB, leaps: true };
    assert_eq!(lay_of(leaping), (frames(0, 18).collect(), vec![-910_000 - FRAME]));
    assert_eq!(set_back(leaping, 0, 900_000), None, "ten seconds are a pause");
    let filter = picture_filter(TB, &[-910_000]).unwrap();
    assert!(filter.contains("gt(PTS,PREV_INPTS+900000)*lte(PTS,PREV_INPTS+4294967296)"), "{filter}");
    let layout = Layout { zero_us: 0, shifts_us: vec![-10_000_000] };
    assert!(layout.sound_filters().contains("gt(PTS,PREV_INPTS+10000000/1000000/TB)*lte("), "{layout:?}");
}

#[test]
fn sound_that_leaps_with_the_picture_goes_with_it_and_a_pause_is_none() {
    let own = [0, 5_000_000, 35_000_000];
    assert!(goes(&own, &[-29_500_000]) && goes(&own, &[]), "a pause, where the picture goes on");
    assert!(!goes(&own, &[-29_500_000, -12_000_000]) && !goes(&own, &[-12_000_000]));
}
