//! The zoo: films of every awkward kind (`scripts/zoo.sh`), each cut at awkward places, made lossless piece by piece and
//! joined. Every frame and its time comes back.
//! `ZOO=hevc` takes only films whose names contain that, `ZOO_EVERY=3` only every third.

use std::path::Path;

use harness::cluster::Scratch;
use harness::films::{zoo, zoo_names};
use harness::judge;
use harness::share::share;

use crate::product::{Asked, transcode};

/// A piece of one frame, and cuts near to and far from key frames.
const CUTS: &[u64] = &[1, 40, 77, 78];
/// A millisecond of Matroska's, and our own rounding.
const ALLOWED_MS: f64 = 1.1;

/// Plain ffmpeg puts all frames behind a setback at one time; theirs are judged in `clock.rs`.
/// It closes a leap ahead, and the judge, which keeps the times, does not.
const CLOCK_JUMPS: &[&str] = &["h264-clock-restart", "h264-clock-jump", "ts-discontinuity", "clock-"];

/// ffmpeg itself does not decode these to the same pixels twice; their frames and times must be right.
const DAMAGED: &[&str] = &["corrupt", "lost", "missing"];

#[test]
fn a_quarter_of_the_zoo() {
    all_come_back(0);
}

#[test]
fn another_quarter_of_the_zoo() {
    all_come_back(1);
}

#[test]
fn the_third_quarter_of_the_zoo() {
    all_come_back(2);
}

#[test]
fn the_last_quarter_of_the_zoo() {
    all_come_back(3);
}

/// The later part had wrong levels, and the result was called proved.
#[test]
fn a_film_whose_colour_range_changes_midway_keeps_its_first() {
    if judge::ffmpeg_major() > 6 {
        return judge::not_checked(
            "a colour range that changes",
            "ffmpeg itself shows wrong levels since release 7",
        );
    }
    for name in ["range-change.ts", "range-change-back.ts"] {
        let (source, scratch) = (zoo(name), Scratch::new());
        let asked = Asked { line: "-c:v libx264 -crf 10", suffix: "mkv", cuts: CUTS };
        let (joined, _) = transcode(&source, &asked, scratch.path()).unwrap();
        let likeness = judge::least_likeness_by_time(&source, &joined);
        assert!(likeness > 40.0, "{name}: {likeness} dB");
    }
}

fn all_come_back(quarter: usize) {
    let wanted = std::env::var("ZOO").ok();
    let names = zoo_names().into_iter().filter(|name| wanted.as_ref().is_none_or(|one| name.contains(one)));
    let wrong: Vec<String> = share("ZOO_EVERY", names)
        .skip(quarter)
        .step_by(4)
        .filter_map(|name| comes_back(&name).err().map(|why| format!("{name}: {why}")))
        .collect();
    assert!(wrong.is_empty(), "{} films:\n{}", wrong.len(), wrong.join("\n"));
}

fn comes_back(name: &str) -> Result<(), String> {
    let source = zoo(name);
    if let Some(codec) = judge::without_decoder(&source) {
        judge::not_checked(name, &format!("this build of ffmpeg has no decoder for {codec}"));
        return Ok(());
    }
    let scratch = Scratch::new();
    let asked = Asked { line: "-c:v ffv1 -an -sn", suffix: "mkv", cuts: CUTS };
    let (joined, _) = transcode(&source, &asked, scratch.path())?;
    same(name, &source, &joined)
}

fn same(name: &str, source: &Path, joined: &Path) -> Result<(), String> {
    let timeless = CLOCK_JUMPS.iter().any(|kind| name.starts_with(kind));
    let damaged = DAMAGED.iter().any(|kind| name.starts_with(kind));
    let (wanted, got) = judge::frames_alike(source, joined);
    if wanted.is_empty() {
        return Err("the judge saw no frames".into());
    }
    if wanted.len() != got.len() {
        return Err(format!("{} frames came back of {}", got.len(), wanted.len()));
    }
    for (number, (a, b)) in wanted.iter().zip(&got).enumerate() {
        let off = (a.seconds - b.seconds).abs() * 1000.0;
        if off > ALLOWED_MS && !timeless {
            return Err(format!("frame {number} is {off:.3} ms off"));
        }
        if a.hash != b.hash && !damaged {
            let really = wanted.iter().position(|frame| frame.hash == b.hash);
            return Err(format!("frame {number} has other pixels; frame {really:?} has them"));
        }
    }
    Ok(())
}
