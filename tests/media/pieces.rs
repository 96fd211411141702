//! A client reads its pieces itself. ffprobe must find the same times in them, whatever encoder made them.

use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::frames::{FrameTimes, Rational};
use ffmpeg_cluster_common::media::proof::nut;
use harness::cluster::Scratch;
use harness::films::film;
use harness::judge;

use crate::product::{Asked, transcode};
use crate::run::run;

/// Films of odd times, and of a constant rate for encoders that hold no other.
const MADE: [(&str, &str, &str); 11] = [
    ("vfr.mkv", "libx264", "-preset ultrafast -bf 3 -b_strategy 0"),
    ("vfr.mp4", "libx264", "-preset ultrafast -bf 3 -b_strategy 0"),
    ("rate-2997.mp4", "libx264", "-preset ultrafast -bf 3 -b_strategy 0"),
    ("vfr.mkv", "libx265", "-preset ultrafast"),
    ("rate-2997.mp4", "mpeg4", "-q:v 5 -bf 2"),
    ("rate-2997.mp4", "mpeg2video", "-q:v 5 -bf 2"),
    ("vfr.mkv", "ffv1", ""),
    ("vfr.mkv", "mjpeg", "-q:v 5"),
    ("vfr.mkv", "prores_ks", ""),
    ("vfr.mkv", "libvpx-vp9", "-crf 40 -b:v 0 -deadline realtime -cpu-used 8"),
    ("vfr.mkv", "libsvtav1", "-preset 12 -crf 40"),
];

/// A piece of one frame, and the rest of the film.
const CUTS: &[u64] = &[1];

#[test]
fn the_times_that_a_client_reads_are_those_that_ffprobe_finds() {
    for (name, encoder, options) in MADE {
        if !judge::has_encoder(encoder) {
            judge::not_checked(encoder, "this build of ffmpeg lacks it");
            continue;
        }
        let (scratch, line) = (Scratch::new(), format!("-c:v {encoder} {options} -an"));
        let wanted = Asked { line: line.trim(), suffix: "mkv", cuts: CUTS };
        if let Err(why) = transcode(&film(name), &wanted, scratch.path()) {
            panic!("{encoder}, {name}: {why}");
        }
        compare(&format!("{encoder}, {name}"), scratch.path());
    }
}

fn compare(what: &str, folder: &Path) {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let pieces: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "nut")).collect();
    assert!(pieces.len() >= 2, "{what}: {} pieces", pieces.len());
    let mut lengths = Vec::new();
    for piece in pieces {
        let file = std::fs::File::open(&piece).expect("a piece");
        let ours = nut::read(file).unwrap_or_else(|error| panic!("{what}: {error}")).times;
        assert_eq!(ours, of_ffprobe(&piece), "{what}: {}", piece.display());
        lengths.push(ours.ticks.len());
    }
    assert!(lengths.contains(&1) && lengths.iter().any(|&frames| frames > 100), "{what}: {lengths:?}");
}

fn of_ffprobe(piece: &Path) -> FrameTimes {
    let file = piece.display().to_string();
    let ask = |entries: &str| {
        let words = ["-v", "error", "-show_entries", entries, "-of", "csv=p=0", &file];
        run("ffprobe", &words.map(str::to_owned)).expect("ffprobe reads the piece")
    };
    let base = ask("stream=time_base");
    let base = Rational::parse(base.trim().trim_end_matches(',')).expect("a time base");
    let times = ask("packet=pts");
    let mut ticks: Vec<i64> =
        times.lines().map(|line| line.trim_end_matches(',').parse().expect("a time")).collect();
    ticks.sort_unstable();
    FrameTimes { base, ticks }
}
