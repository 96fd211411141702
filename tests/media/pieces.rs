//! A client reads its pieces itself. ffprobe must find the same times in them, whatever encoder made them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::media::command::Side;
use ffmpeg_cluster_common::media::proof::nut::Piece;
use ffmpeg_cluster_common::media::proof::packets::Packets;
use ffmpeg_cluster_common::media::proof::probed::{PieceProbe, probe_piece};
use ffmpeg_cluster_common::media::proof::unaided;
use ffmpeg_cluster_common::media::source::guard::Guard;
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
    let pieces = files(folder, "nut");
    assert!(pieces.len() >= 2, "{what}: {} pieces", pieces.len());
    let (mut lengths, mut heads) = (Vec::new(), BTreeMap::new());
    for piece in pieces {
        let file = std::fs::File::open(&piece).expect("a piece");
        let Piece { streams, head } = unaided::read(file).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(streams, of_ffprobe(&piece), "{what}: {}", piece.display());
        lengths.push(streams[0].times.len());
        let has_sets = what.starts_with("libx26");
        assert_eq!(head.is_some(), has_sets, "{what}");
        let stream = stream_of(&piece);
        assert_eq!(heads.entry(head).or_insert(stream.clone()), &stream, "{what}: the same head");
    }
    assert!(lengths.contains(&1) && lengths.iter().any(|&frames| frames > 100), "{what}: {lengths:?}");
}

/// Encoders whose sound rests in Matroska.
const SOUNDS: [&str; 6] = ["aac", "ac3", "flac", "pcm_s16le", "libmp3lame", "libvorbis"];

#[test]
fn the_times_of_sound_that_the_server_reads_are_those_that_ffprobe_finds() {
    for encoder in SOUNDS {
        let (scratch, line) = (Scratch::new(), format!("-c:v mpeg4 -q:v 5 -c:a {encoder}"));
        let wanted = Asked { line: line.trim(), suffix: "mkv", cuts: CUTS };
        if let Err(why) = transcode(&film("two-audio.mkv"), &wanted, scratch.path()) {
            panic!("{encoder}: {why}");
        }
        let pieces = files(scratch.path(), "mka");
        assert!(!pieces.is_empty(), "{encoder}");
        for piece in pieces {
            let file = std::fs::File::open(&piece).expect("a piece");
            let Piece { streams, head } =
                unaided::read(file).unwrap_or_else(|error| panic!("{encoder}: {error}"));
            assert_eq!(streams, of_ffprobe(&piece), "{encoder}");
            assert!(head.is_some_and(|head| head.len() > 100), "{encoder}");
        }
    }
}

fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.extension().is_some_and(|e| e == suffix)).collect()
}

/// All that ffprobe is asked of a piece's stream.
fn stream_of(piece: &Path) -> String {
    let entries = "stream=codec_name,width,height,pix_fmt,time_base,extradata_hash,color_range,color_space,\
        color_transfer,color_primaries,field_order";
    let file = piece.display().to_string();
    let words =
        ["-v", "error", "-show_data_hash", "sha256", "-show_entries", entries, "-of", "compact", &file];
    run("ffprobe", &words.map(str::to_owned)).expect("ffprobe reads the piece")
}

pub fn of_ffprobe(piece: &Path) -> Vec<Packets> {
    let mut probe = PieceProbe::default();
    let words = probe_piece(Side::Client, piece, &Guard::new("nut,matroska", String::new())).arguments;
    let told = run("ffprobe", &words).expect("ffprobe reads the piece");
    told.lines().for_each(|line| probe.line(line));
    probe.finish().expect("a piece").streams
}
