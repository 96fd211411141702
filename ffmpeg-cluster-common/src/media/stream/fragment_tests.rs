use std::io::Read;

use super::super::fragmented::read;
use super::super::head::with_edit;
use super::super::prove::{Found, check_segment};
use super::super::sound::SoundPackets;
use super::*;
use crate::frames::{FrameTimes, Rational};
use crate::time::Millis;

fn bytes(digits: &str) -> Vec<u8> {
    let digits = digits.replace('\n', "");
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    (0..digits.len()).step_by(2).map(byte).collect()
}

/// As ffmpeg copied a piece with B-frames: 21 frames at 25 a second, nine more after a pause.
fn piece() -> Vec<u8> {
    bytes(include_str!("../../../tests/outside/fragments.hex"))
}

/// Four packets of AAC at 8 kHz.
fn sound() -> Vec<u8> {
    bytes(include_str!("../../../tests/outside/sound_fragments.hex"))
}

fn plan() -> MediaSegments {
    let ticks = (0..30).map(|frame| if frame > 20 { frame + 42 } else { frame }).collect();
    let times = FrameTimes { base: Rational { num: 1, den: 25 }, ticks };
    MediaSegments::of_pictures(&times, 1, Millis(480)).unwrap()
}

const WHOLE: FrameRange = FrameRange::new(0, 30);

/// The head, and each media segment as it stands in its file.
fn written(plan: &MediaSegments, file: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let piece = read(file, 100).unwrap();
    let range = FrameRange::new(0, plan.frames());
    let all = media_segments(plan, range, &piece).unwrap();
    let file_of = |segment: &MediaSegment| {
        let parts = segment.fragments.iter().flat_map(|fragment| {
            let copied = fragment.copied.iter().map(|part| &file[part.start as usize..part.end as usize]);
            std::iter::once(&fragment.head[..]).chain(copied)
        });
        parts.collect::<Vec<_>>().concat()
    };
    (with_edit(&piece.head, plan.edit()).unwrap(), all.iter().map(file_of).collect())
}

fn found(plan: &MediaSegments, head: &[u8], segments: &[Vec<u8>]) -> Result<Vec<Found>, String> {
    let found = |(number, segment): (usize, &Vec<u8>)| {
        let read = read(head.chain(&segment[..]), 100).map_err(|error| error.to_string())?;
        check_segment(plan, number, &read)
    };
    segments.iter().enumerate().map(found).collect()
}

#[test]
fn what_is_written_is_read_at_the_times_of_the_film() {
    let plan = plan();
    assert_eq!(plan.starts(), [0, 12, 21]);
    let (head, segments) = written(&plan, &piece());
    let found = found(&plan, &head, &segments).unwrap();
    assert_eq!(
        found.iter().map(|found| found.bytes as usize).collect::<Vec<_>>(),
        [segments[0].len(), segments[1].len(), segments[2].len()]
    );
}

#[test]
fn the_pictures_are_those_of_the_piece_in_their_order() {
    let (file, plan) = (piece(), plan());
    let (head, segments) = written(&plan, &file);
    let of_piece = read(&file[..], 100).unwrap();
    let mut wanted = of_piece.samples().map(|sample| &file[sample.at as usize..][..sample.bytes as usize]);
    for segment in &segments {
        let whole = [&head[..], segment].concat();
        for sample in read(&whole[..], 100).unwrap().samples() {
            assert_eq!(Some(&whole[sample.at as usize..][..sample.bytes as usize]), wanted.next());
        }
    }
    assert_eq!(wanted.next(), None);
}

#[test]
fn the_bytes_of_a_key_frame_are_enough_to_read_it() {
    let plan = plan();
    let (head, segments) = written(&plan, &piece());
    for (number, found) in found(&plan, &head, &segments).unwrap().iter().enumerate() {
        let key = &segments[number][found.key.start as usize..found.key.end as usize];
        let read = read(head.chain(key), 100).unwrap();
        let shown: Vec<i64> = read.samples().map(|sample| sample.shown).collect();
        assert_eq!(shown, [plan.shown_at(plan.range(number).start)]);
    }
}

#[test]
fn pieces_make_the_files_that_the_whole_film_makes() {
    let (file, plan) = (piece(), plan());
    let whole = read(&file[..], 100).unwrap();
    let all = media_segments(&plan, WHOLE, &whole).unwrap();
    // The second fragment of the film, as a piece of its own that begins at zero.
    let mut second = Fragmented { fragments: vec![whole.fragments[1].clone()], ..whole };
    let samples = &mut second.fragments[0].samples;
    samples.iter_mut().for_each(|sample| sample.shown -= 12 * 40);
    assert_eq!(media_segments(&plan, FrameRange::new(12, 21), &second).unwrap(), all[1..2]);
}

#[test]
fn sound_begins_with_its_samples_and_not_with_those_of_the_encoder() {
    let file = sound();
    let lengths = read(&file[..], 100).unwrap().samples().map(|sample| sample.length).collect();
    let packets = SoundPackets { rate: 8000, lengths, priming: 1024, begins_us: 0 };
    let plan = MediaSegments::of_pictures(
        &FrameTimes { base: Rational { num: 1, den: 25 }, ticks: (0..25).collect() },
        1,
        Millis(200),
    );
    let plan = plan.unwrap().beside(&packets).unwrap();
    let (head, segments) = written(&plan, &file);
    found(&plan, &head, &segments).unwrap();
    let first = read(head.chain(&segments[0][..]), 100).unwrap();
    assert_eq!((plan.starts(), first.fragments[0].samples[0].shown), (&[0, 3][..], -1024));
}

#[test]
fn a_piece_that_does_not_fit_is_refused() {
    let (file, plan) = (piece(), plan());
    let good = read(&file[..], 100).unwrap();
    let refused = |change: &dyn Fn(&mut Fragmented)| {
        let mut bad = good.clone();
        change(&mut bad);
        media_segments(&plan, WHOLE, &bad).unwrap_err()
    };
    assert!(refused(&|bad| drop(bad.fragments.pop())).contains("frames instead of 30"));
    assert!(refused(&|bad| bad.fragments[1].samples[0].key = false).contains("key frame"));
    assert!(refused(&|bad| bad.fragments[1].samples[3].shown += 2).contains("another time"));
    assert!(refused(&|bad| bad.fragments[0].samples.swap(0, 1)).contains("not shown first"));
    let swap = |bad: &mut Fragmented| {
        let (first, second) = bad.fragments.split_at_mut(1);
        std::mem::swap(&mut first[0].samples[11], &mut second[0].samples[1]);
    };
    assert!(refused(&swap).contains("another media segment"));
    assert!(media_segments(&plan, FrameRange::new(0, 29), &good).is_err());
}

/// Each byte of a media segment's own boxes matters to players, except its brands.
#[test]
fn no_changed_box_passes_the_proof() {
    let plan = plan();
    let (head, segments) = written(&plan, &piece());
    let good = read(head.chain(&segments[0][..]), 100).unwrap();
    let at = |sample: &Sample| sample.at as usize - head.len();
    let is_data = |place: usize| {
        good.samples().any(|sample| (at(sample)..at(sample) + sample.bytes as usize).contains(&place))
    };
    // Whether offsets may have a sign; none of them does.
    let is_version = |place: usize| segments[0][..place].ends_with(b"trun");
    for place in (28..segments[0].len()).filter(|place| !is_data(*place) && !is_version(*place)) {
        for bits in [0x01, 0x10, 0xff] {
            let mut bad = segments.clone();
            bad[0][place] ^= bits;
            assert!(found(&plan, &head, &bad).is_err(), "byte {place}");
        }
    }
}

#[test]
fn a_file_that_is_cut_short_or_has_more_frames_is_refused() {
    let file = piece();
    assert!(read(&file[..], 30).is_ok());
    assert!(read(&file[..], 29).is_err());
    let ends: Vec<u64> = read(&file[..], 30).unwrap().fragments.iter().map(|f| f.at + f.bytes).collect();
    for length in 0..ends[2] as usize {
        let is_end = length == ends[0] as usize || length == ends[1] as usize;
        let cut = read(&file[..length], 30);
        let is_head = cut.as_ref().is_ok_and(|read| read.fragments.is_empty());
        assert_eq!(cut.is_ok(), is_end || is_head, "{length}");
    }
}

#[test]
fn the_head_says_what_players_must_know() {
    use super::super::entry::{Entry, Media};
    let picture = read(&piece()[..], 100).unwrap().track.entry;
    let media = Media::Picture { width: 32, height: 18, colors: None };
    assert_eq!(picture, Entry { codecs: "avc1.4d400a".into(), media });
    let heard = read(&sound()[..], 100).unwrap().track.entry;
    let media = Media::Sound { channels: 1, rate: 8000 };
    assert_eq!(heard, Entry { codecs: "mp4a.40.2".into(), media });
    let head = with_edit(&read(&piece()[..], 100).unwrap().head, 160).unwrap();
    let head = with_edit(&head, 120).unwrap();
    assert_eq!(read(&head[..], 0).unwrap().track.edit, 120, "the last edit alone");
}
