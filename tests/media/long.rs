//! Films of very many pieces and very many hours: nothing may add up to a drift.

use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::frames::Rational;
use harness::cluster::Scratch;
use harness::judge;

use crate::product::{Asked, join_repeated, profile, transcode};
use crate::run::run;

const SUFFIXES: &[&str] = &["mp4", "mkv"];
/// Our own rounding, to whole microseconds.
const ROUNDING_MS: f64 = 0.002;

fn film(folder: &Path, line: &str) -> PathBuf {
    let path = folder.join("film.mkv");
    let words = format!("-v error -nostdin -y {line} {}", path.display());
    run("ffmpeg", &words.split(' ').map(str::to_owned).collect::<Vec<_>>()).expect("making a film");
    path
}

/// As many frames as should be, each at its time, up to what the container can't tell.
fn in_time(asked: &Asked<'_>, joined: &Path, frames: u32, rate: Rational) {
    let got = judge::frames(joined);
    assert_eq!(got.len(), frames as usize, ".{}: number of frames", asked.suffix);
    let container = profile(asked).expect("it is taken").container;
    let allowed = container.time_error_ms(rate) + ROUNDING_MS;
    for (number, frame) in (0..frames).zip(&got) {
        let off = (frame.seconds - f64::from(number) / rate.as_f64()).abs() * 1000.0;
        assert!(off <= allowed, ".{}: frame {number} is {off:.3} ms off", asked.suffix);
    }
}

#[test]
fn ten_thousand_pieces_do_not_drift() {
    const PIECES: u32 = 10_000;
    const NTSC: Rational = Rational { num: 30_000, den: 1001 };
    let scratch = Scratch::new();
    let picture = "-f lavfi -i testsrc2=s=64x64:r=30000/1001 -frames:v 1 -pix_fmt yuv420p -c:v ffv1";
    let source = film(scratch.path(), picture);
    let starts: Vec<i64> =
        (0..i64::from(PIECES)).map(|n| NTSC.inverse().rescale(n, Rational::MICROS)).collect();
    for suffix in SUFFIXES {
        let asked = Asked { line: "-c:v libx264", suffix, cuts: &[] };
        let joined = join_repeated(&source, &asked, &starts, scratch.path()).expect("it joins");
        in_time(&asked, &joined, PIECES, NTSC);
    }
}

#[test]
fn thirteen_hours_in_mp4_do_not_drift() {
    thirteen_hours("mp4");
}

#[test]
fn thirteen_hours_in_matroska_do_not_drift() {
    thirteen_hours("mkv");
}

/// The length counts, and not the number of frames.
fn thirteen_hours(suffix: &str) {
    const SECONDS: u32 = 13 * 3600;
    const RATE: Rational = Rational { num: 1, den: 4 };
    let scratch = Scratch::new();
    let line = format!(
        "-f lavfi -i color=gray:s=32x32:r=1/4:d={SECONDS} -f lavfi -i anullsrc=r=8000:cl=mono:d={SECONDS} \
         -pix_fmt yuv420p -c:v libx264 -preset ultrafast -threads 1 -c:a flac"
    );
    let source = film(scratch.path(), &line);
    let line = "-c:v libx264 -preset ultrafast -bf 2 -threads 1 -c:a flac";
    let asked = Asked { line, suffix, cuts: &[1, 2_500, 2_501, 10_007] };
    let (joined, effort) = transcode(&source, &asked, scratch.path()).expect("it comes out");
    assert_eq!(effort.one_piece, 0, "it was cut");
    in_time(&asked, &joined, SECONDS / 4, RATE);
    let sound = judge::sound_end(&joined);
    assert!((sound - f64::from(SECONDS)).abs() < 0.06, ".{suffix}: {sound} s of sound");
}
