use super::*;
use crate::frames::FrameRange;
use crate::media::params::{parse, words};
use crate::media::sample::film;
use crate::media::source::index::Index;

const FILM: Rational = Rational { num: 24_000, den: 1_001 };

fn rounded(rate: Rational) -> Index {
    let millis = Rational { num: 1, den: 1_000 };
    let times = (0..300).map(|n| rate.inverse().rescale(n, millis)).collect();
    Index {
        time_base: millis,
        times,
        keys: vec![0, 100, 200],
        doubled: vec![],
        leading: false,
        resets: vec![],
        setbacks: vec![],
        last_length: 0,
    }
}

fn laid(index: Index, rate: Rational, line: &str, container: Container) -> Timeline {
    let mut source = film();
    source.start_us = 0;
    let picture = source.film_stream().expect("a film").1.clone();
    let picture = Picture { base_rate: rate, frame_rate: rate, ..picture };
    let profile = parse(&words(line).unwrap(), container).unwrap();
    Timeline::new(index, &source, &profile).unwrap().laid_on_its_rate(&picture, container)
}

#[test]
fn rounded_times_of_a_constant_rate_become_exact() {
    let timeline = laid(rounded(FILM), FILM, "", Container::Mp4);
    assert_eq!(timeline.index.time(7), 292);
    assert_eq!((timeline.laid_rate(), timeline.time_base().den), (Some(FILM), 24_000));
    assert!((0..300).all(|n| timeline.time(n) == n as i64 * 1_001));
    assert_eq!(timeline.time_us(7), 291_958);
    let window = timeline.window(FrameRange::new(100, 200));
    assert_eq!((window.start, window.end), (timeline.index.time(100), Some(timeline.index.time(200))));
    assert_eq!((window.result.first, window.result.last), (100_100, 199 * 1_001));
    assert_eq!(window.result.lay, Some(RateGrid { origin: 0, step: 1_001 }));
}

#[test]
fn a_part_keeps_the_time_at_which_it_begins() {
    let timeline = laid(rounded(FILM), FILM, "-ss 1", Container::Mp4);
    assert_eq!((timeline.time(0), timeline.time(3)), (24_024, 24_024 + 3 * 1_001));
    assert_eq!(timeline.frames(), 276);
}

#[test]
fn fields_are_laid_on_twice_the_rate() {
    let timeline = laid(rounded(FILM), FILM, "-vf yadif=1", Container::Mp4);
    assert_eq!(timeline.laid_rate(), Some(Rational { num: 48_000, den: 1_001 }));
    assert!((0..600).all(|n| timeline.time(n) == n as i64 * 1_001));
}

#[test]
fn other_times_stay_as_they_are() {
    let stays = |index, rate, line, container| laid(index, rate, line, container).laid_rate().is_none();
    assert!(stays(rounded(FILM), FILM, "", Container::Matroska), "it would round them again");
    assert!(stays(rounded(FILM), FILM, "-r 12", Container::Mp4), "the filter's are exact");
    assert!(stays(rounded(FILM), Rational { num: 24, den: 1 }, "", Container::Mp4), "of another rate");
    assert!(stays(rounded(FILM), Rational { num: 320_000, den: 13_347 }, "", Container::Mp4), "a guess");
    let whole = Rational { num: 25, den: 1 };
    assert!(stays(rounded(whole), whole, "", Container::Mp4), "nothing was rounded");
    let mut variable = rounded(FILM);
    variable.times[150] += 2;
    assert!(stays(variable, FILM, "", Container::Mp4));
}
