use super::*;
use crate::media::command::sound;
use crate::media::params::{parse, words};
use crate::media::plan::carriage;
use crate::media::sample::film;
use crate::media::source::clock::Setback;
use crate::media::source::index::Index;
use crate::media::source::index::tests::regular;
use crate::media::words::container::Container;

/// Fifty frames and fifty more, whose own times begin 512 ticks before those of the first; laid out
/// they go on.
fn set_back() -> Index {
    let setbacks = vec![Setback { first: 50, by: 25_600, shift: 26_112 }];
    Index { setbacks, keys: vec![], last_length: 512, ..regular(100, 10) }
}

fn timeline(index: Index, line: &str) -> (Timeline, Source) {
    let profile = parse(&words(line).unwrap(), Container::Matroska).unwrap();
    let mut source = film();
    source.start_us = -100_000;
    source.streams[0].picture.as_mut().unwrap().time_base = index.time_base;
    (Timeline::new(index, &source, &profile).unwrap(), source)
}

fn sound_of(timeline: &Timeline, source: &Source) -> SoundWork {
    let profile = parse(&[], Container::Matroska).unwrap();
    let work = sound::sound_works(source, &carriage::plan(source, &profile).unwrap(), &profile).remove(0);
    timeline.with_sound(work, source)
}

#[test]
fn a_film_whose_clock_is_set_back_is_one_piece_and_says_why() {
    let (timeline, _) = timeline(set_back(), "");
    assert_eq!(timeline.one_piece().unwrap(), "its clock is set back, so one time may be that of two frames");
    assert_eq!(timeline.window(crate::frames::FrameRange::new(60, 100)).seek, None);
}

#[test]
fn people_read_where_it_is_set_back_in_the_films_own_time() {
    let (timeline, source) = timeline(set_back(), "-ss 1");
    assert_eq!(timeline.clock_set_back(&source), [ClockSetBack { at_ms: 2_100.0, by_ms: 2_000.0 }]);
    let (plain, source) = self::timeline(regular(100, 10), "");
    assert_eq!(plain.clock_set_back(&source), []);
}

#[test]
fn sound_is_laid_out_as_its_picture() {
    let (timeline, source) = timeline(set_back(), "");
    let work = sound_of(&timeline, &source);
    assert_eq!(work.layout.as_deref(), Some(&Layout { zero_us: -100_000, shifts_us: vec![2_040_000] }));
    assert_eq!(work.duration_us, Some(4_100_000), "longer than the source says");
    let line = sound::sound_arguments(&work, &["-i".into(), "SRC".into()], "OUT").join(" ");
    assert!(line.starts_with("-copyts -i SRC -map 0:1 -map 0:2 "), "{line}");
    assert!(line.contains(" -af asetpts='st(0,"), "{line}");
    let (plain, source) = self::timeline(regular(100, 10), "");
    let work = sound_of(&plain, &source);
    assert_eq!((work.layout, work.duration_us), (None, source.duration_us));
}

#[test]
fn sound_with_a_clock_of_its_own_is_left_to_ffmpeg() {
    let (timeline, mut source) = timeline(set_back(), "");
    let clock = |times: &[i64]| {
        let mut clock = SoundClock::default();
        times.iter().for_each(|&us| clock.packet(us));
        clock
    };
    let both = [clock(&[0, 2_000_000, 10_000]), clock(&[0, 1_900_000, 0])];
    timeline.mark(&mut source, |stream| both[stream as usize - 1].clone());
    let work = sound_of(&timeline, &source);
    assert!(
        work.layout.is_some() && source.clock_set_back && sounds_with_own_clock(&work, &source).is_empty()
    );
    timeline.mark(&mut source, |stream| clock(&[[0, 9, 10], [9, 2_000_000, 0]][stream as usize - 1]));
    let work = sound_of(&timeline, &source);
    assert_eq!((work.layout.clone(), sounds_with_own_clock(&work, &source)), (None, vec![1]));
    assert_eq!(work.duration_us, Some(4_100_000));
}
