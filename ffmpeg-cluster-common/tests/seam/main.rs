//! What a piece's run tells of the source around its ends, when a piece is made again, full disks
//! of clients and devices that fail: the words that the simulator does not speak.
//! `tests/mutants` plants bugs in them.

mod faults;

use std::path::Path;

use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::frames::{FrameRange, Rational};
use ffmpeg_cluster_common::media::command::encode;
use ffmpeg_cluster_common::media::command::ends;
use ffmpeg_cluster_common::media::params::{parse, words};
use ffmpeg_cluster_common::media::plan::timeline::Timeline;
use ffmpeg_cluster_common::media::plan::witness::{DecodeComparison, Witness};
use ffmpeg_cluster_common::media::plan::work::PictureWork;
use ffmpeg_cluster_common::media::proof::remake;
use ffmpeg_cluster_common::media::source::Source;
use ffmpeg_cluster_common::media::source::index::Index;
use ffmpeg_cluster_common::media::words::container::Container;

const TICKS: i64 = 512;

/// A hundred frames of 25 fps, a key frame every ten.
fn source() -> Source {
    let rate = serde_json::json!({ "num": 25, "den": 1 });
    let picture = serde_json::json!({
        "width": 64, "height": 36, "pix_fmt": "yuv420p", "time_base": { "num": 1, "den": 12_800 },
        "frame_rate": rate, "base_rate": rate, "rotation": 0,
    });
    let stream = serde_json::json!({
        "index": 0, "kind": "video", "codec": "h264", "tags": {}, "dispositions": [], "picture": picture,
    });
    let film = serde_json::json!({
        "format": "matroska,webm", "start_us": 0, "duration_us": 4_000_000, "bytes": 1, "streams": [stream],
        "chapters": 0, "tags": {},
    });
    serde_json::from_value(film).expect("a source")
}

fn index() -> Index {
    Index {
        time_base: Rational { num: 1, den: 12_800 },
        times: (0..100).map(|frame| frame * TICKS).collect(),
        keys: (0..100).step_by(10).collect(),
        doubled: vec![],
        leading: false,
        resets: vec![],
        setbacks: vec![],
        last_length: 0,
    }
}

fn work(line: &str, (start, end): (u64, u64)) -> PictureWork {
    let profile = parse(&words(line).expect("words"), Container::Matroska).expect("a profile");
    let timeline = Timeline::new(index(), &source(), &profile).expect("a timeline");
    encode::picture_work(&source(), &timeline, &profile, FrameRange::new(start, end)).expect("a picture")
}

fn times(frames: std::ops::Range<i64>) -> Vec<i64> {
    frames.map(|frame| frame * TICKS).collect()
}

#[test]
fn neighbours_are_asked_about_two_frames_on_either_side_of_their_seam() {
    for line in ["", "-vf yadif", "-vf tmix=frames=5", "-vf hue=s=0 -r 25"] {
        let [before, after] = [(0, 50), (50, 100)].map(|range| work(line, range).witness);
        assert_eq!(before, Witness { head: vec![], tail: times(48..52) }, "{line}");
        assert_eq!(after, Witness { head: times(48..52), tail: vec![] }, "{line}");
    }
}

/// Half of the film is one piece; a tenth of it is decoded twice, from the key frame before it.
#[test]
fn a_second_decode_begins_a_key_frame_before_its_frames_and_not_where_the_piece_does() {
    let profile = parse(&[], Container::Matroska).expect("a profile");
    let timeline = Timeline::new(index(), &source(), &profile).expect("a timeline");
    let second = |range: (u64, u64), stretch: (u64, u64)| {
        let [range, stretch] = [range, stretch].map(|(start, end)| FrameRange::new(start, end));
        let work = encode::picture_work(&source(), &timeline, &profile, range).expect("a picture");
        let second = encode::twice(work, &timeline, stretch).second.expect("it can begin elsewhere");
        [second.seek, Some(second.start), second.end].map(|time| time.map(|time| time / TICKS))
    };
    assert_eq!(second((50, 90), (72, 80)), [Some(60), Some(70), Some(80)]);
    assert_eq!(second((50, 100), (72, 100)), [Some(60), Some(70), None], "to the film's end");
    assert_eq!(second((50, 90), (50, 90)), [Some(30), Some(50), Some(90)], "the piece begins at 40");
    assert_eq!(second((50, 90), (53, 60)), [Some(30), Some(50), Some(60)]);
    assert_eq!(second((53, 90), (55, 60)), [Some(30), Some(53), Some(60)], "not before the piece");
}

/// A filter may hide what the decoder did wrong, and at a piece's beginning it does not know yet
/// what came before.
#[test]
fn frames_around_a_seam_are_hashed_before_any_filter() {
    let told = |line: &str| ends::arguments(&work(line, (50, 100)), Path::new("ends"));
    let plain = told("");
    assert!(plain.iter().any(|word| word.contains("select=")), "{plain:?}");
    for line in ["-vf hue=s=0", "-vf hqdn3d", "-vf crop=16:16:0:0", "-vf format=gray"] {
        assert_eq!(told(line), plain, "{line}");
    }
}

/// Found by a film of JPEGs whose first one tells the range of all: each piece but the first was
/// wrong, and proved.
#[test]
fn frames_around_a_seam_are_hashed_in_the_films_own_format() {
    let told = ends::arguments(&work("", (50, 100)), Path::new("ends"));
    assert!(told.iter().any(|word| word.ends_with(",scale=out_range=tv,format=yuv420p")), "{told:?}");
}

/// Found by the colours of every number: ffmpeg 8 could not make a piece of such a film.
#[test]
fn colours_that_no_scaler_takes_are_hashed_as_they_are() {
    let mut odd = work("", (50, 100));
    odd.picture.color_space = Some("ycgco".into());
    let told = ends::arguments(&odd, Path::new("ends"));
    assert!(told.iter().all(|word| !word.contains("scale")), "{told:?}");
    odd.picture.color_space = Some("bt709".into());
    assert!(ends::arguments(&odd, Path::new("ends")).iter().any(|word| word.contains("scale=out_range=tv")));
}

#[test]
fn a_decoder_that_began_in_the_middle_is_not_believed_that_the_film_is_damaged() {
    let said = ["[h264 @ 0x55c1112de900] error while decoding MB 5 6, bytestream -12".to_owned()];
    let (first, later) = (work("", (0, 50)), work("", (50, 100)));
    assert_eq!((first.window.seek, later.window.seek.is_some()), (None, true));
    assert_eq!(remake::after_check(&later, None, &said).as_deref(), Some("the decoder complained"));
    assert_eq!(remake::after_check(&later, None, &[]), None);
    assert_eq!(remake::after_check(&first, None, &said), None, "nothing lies further back");
}

#[test]
fn frames_that_are_not_those_of_the_index_are_made_once_more() {
    let wrong = Fault::new(FaultCode::FramesDiffer, "49 frames");
    let (first, later) = (work("", (0, 50)), work("", (50, 100)));
    assert_eq!(remake::after_check(&later, Some(&wrong), &[]).as_deref(), Some("49 frames"));
    assert_eq!(remake::after_check(&first, Some(&wrong), &[]), None);
}

#[test]
fn a_piece_that_another_decoder_sees_otherwise_is_made_once_more() {
    let (first, later) = (work("", (0, 50)), work("", (50, 100)));
    let differs = Some(DecodeComparison::Differs { at: 60 });
    assert!(remake::after_second(&later, differs).is_some_and(|why| why.contains("time 60")));
    assert_eq!(remake::after_second(&later, Some(DecodeComparison::Alike)), None);
    assert_eq!(remake::after_second(&later, None), None);
    assert_eq!(remake::after_second(&first, differs), None, "it began with the film");
}
