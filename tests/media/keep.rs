//! What one plain run of ffmpeg keeps of a film beside its pixels, we keep too; or the report names it.

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::cluster::{Cluster, Setup};
use harness::films::zoo;
use harness::traits::{stream_numbers, traits};
use serde_json::{Value, json};

/// What is made of which films.
struct Cell {
    films: &'static [&'static str],
    params: &'static str,
    suffix: &'static str,
    /// What differs from the plain run, and the words of the report that tell of it. Words of `""` stand for differences
    /// that nobody loses anything by; the reason is beside them.
    told: &'static [(&'static str, &'static str)],
    /// Words that the report must hold, for what a plain run loses in silence.
    warned: &'static [&'static str],
}

const fn cell(films: &'static [&'static str], params: &'static str, suffix: &'static str) -> Cell {
    Cell { films, params, suffix, told: &[], warned: &[] }
}

struct Job<'a> {
    cell: &'a Cell,
    source: PathBuf,
    id: String,
    result: PathBuf,
}

impl Job<'_> {
    fn name(&self) -> String {
        let film = self.source.file_name().unwrap_or_default().display();
        format!("{film} to {} {}", self.cell.suffix, self.cell.params)
    }
}

/// All jobs are handed in at once and share the clients; all that is wrong is told at once.
async fn all_kept(cells: &[Cell]) {
    let cluster = Cluster::start(Setup::lossless(2));
    let mut jobs = Vec::new();
    for cell in cells {
        for name in cell.films {
            jobs.push(hand_in(&cluster, cell, name).await);
        }
    }
    let mut complaints = Vec::new();
    for job in jobs {
        let status = cluster.ask.ended(&job.id).await;
        if status["status"] == "Completed" {
            cluster.ask.fetch(status["output_url"].as_str().expect("a url"), &job.result).await;
            complaints.extend(
                compare(&job, &status["report"]).iter().map(|what| format!("{}: {what}", job.name())),
            );
        } else {
            complaints.push(format!("{}: {}", job.name(), status["error"]));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

async fn hand_in<'a>(cluster: &Cluster, cell: &'a Cell, name: &str) -> Job<'a> {
    let source = zoo(name);
    let config = json!({
        "ffmpeg_params": cell.params,
        "file_name_output": format!("result{}", cell.suffix),
        "required_clients": 1,
        "exactly": true,
    });
    let id = cluster.ask.submit(&source, config).await;
    let result = cluster.scratch.path().join(format!("{id}{}", cell.suffix));
    Job { cell, source, id, result }
}

fn compare(job: &Job<'_>, report: &Value) -> Vec<String> {
    let reference = job.result.with_file_name(format!("{}-plain{}", job.id, job.cell.suffix));
    let lines = |key: &str| -> Vec<String> {
        let all = report[key].as_array().cloned().unwrap_or_default();
        all.iter().filter_map(|line| line.as_str().map(str::to_owned)).collect()
    };
    let (kept, dropped, warnings) = (lines("streams_kept"), lines("streams_dropped"), lines("warnings"));
    if let Err(why) = plain(job, &kept, &reference) {
        return vec![why];
    }
    let told = [&dropped[..], &warnings[..]].concat().join("\n");
    let mut wrong: Vec<String> = job
        .cell
        .warned
        .iter()
        .filter(|words| !told.contains(**words))
        .map(|words| format!("no word of {words:?} in\n{told}"))
        .collect();
    let once = |n: &u64| {
        kept.iter().chain(&dropped).filter(|line| line.starts_with(&format!("0:{n} "))).count() != 1
    };
    wrong.extend(
        stream_numbers(&job.source).iter().filter(|n| once(n)).map(|n| format!("stream {n} has no fate")),
    );
    let (want, got) = (traits(&reference), traits(&job.result));
    for (key, value) in &want {
        let excused = |(about, words): &(&str, &str)| key.contains(about) && told.contains(words);
        let same = got.get(key).is_some_and(|other| alike(key, value, other));
        if !same && !job.cell.told.iter().any(excused) {
            wrong.push(format!("{key} is {:?}, a plain run has {value:?}", got.get(key)));
        }
    }
    let extra = got.keys().filter(|key| key.contains(".side.Display Matrix") && !want.contains_key(*key));
    wrong.extend(extra.map(|key| format!("{key}: a plain run has none")));
    wrong
}

/// Chapters may move by a millisecond.
fn alike(key: &str, a: &str, b: &str) -> bool {
    let near = |a: f64, b: f64| (a - b).abs() < 0.0011;
    a == b || key.starts_with("chapters.") && matches!((a.parse(), b.parse()), (Ok(a), Ok(b)) if near(a, b))
}

/// One run of ffmpeg with the same streams, copied where ours are.
fn plain(job: &Job<'_>, kept: &[String], result: &Path) -> Result<(), String> {
    let mut words = vec!["-v".to_owned(), "error".into(), "-nostdin".into(), "-y".into()];
    words.extend(["-i".to_owned(), job.source.display().to_string()]);
    for sentence in kept {
        let number: String = sentence[2..].chars().take_while(char::is_ascii_digit).collect();
        words.extend(["-map".to_owned(), format!("0:{number}")]);
    }
    words.extend(job.cell.params.split_whitespace().map(str::to_owned));
    for (n, sentence) in kept.iter().enumerate() {
        if sentence.ends_with("copied") {
            words.extend([format!("-c:{n}"), "copy".into()]);
        } else if let Some((_, encoder)) = sentence.split_once("converted to ") {
            words.extend([format!("-c:{n}"), encoder.to_owned()]);
        }
    }
    words.extend(["-fps_mode", "passthrough", "-enc_time_base:v", "-1", "-strict", "-2"].map(str::to_owned));
    let done = Command::new("ffmpeg").args(&words).arg(result).output().expect("running ffmpeg");
    let said = String::from_utf8_lossy(&done.stderr);
    if done.status.success() { Ok(()) } else { Err(format!("a plain run fails: {} {said}", words.join(" "))) }
}

const X264: &str = "-c:v libx264 -preset ultrafast -bf 2";
const X265: &str = "-c:v libx265 -preset ultrafast";
const VP9: &str = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 0 -crf 40";
const AV1: &str = "-c:v libsvtav1 -preset 12";
const AOM: &str = "-c:v libaom-av1 -cpu-used 8 -usage realtime";
const MPEG2: &str = "-c:v mpeg2video -q:v 3";
const FFV1: &str = "-c:v ffv1";
const PRORES: &str = "-c:v prores_ks";

const HDR: &[&str] = &["hevc-hdr10.mp4", "hevc-hdr10.mkv", "hevc-hlg.mp4"];

#[tokio::test]
async fn light_beyond_the_usual() {
    all_kept(&[
        cell(HDR, X265, ".mp4"),
        cell(HDR, X265, ".mkv"),
        cell(HDR, X264, ".mp4"),
        cell(HDR, X264, ".mkv"),
        cell(HDR, AV1, ".mp4"),
        cell(HDR, AV1, ".mkv"),
        cell(&["hevc-hdr10.mp4"], AOM, ".mkv"),
        cell(&["hevc-hdr10.mp4"], VP9, ".webm"),
    ])
    .await;
}

const COLOURS: &[&str] = &[
    "tags-709.mp4",
    "tags-601.mkv",
    "tags-smpte240.ts",
    "full-range.mp4",
    "full-range.mkv",
    "chroma-left.mp4",
    "chroma-topleft.mkv",
    "gray.mp4",
    "gray-10.mp4",
    "hevc-10.mp4",
    "hevc-422-12.mkv",
    "hevc-444.mp4",
    "h264-422-10.mp4",
];

#[tokio::test]
async fn colours() {
    all_kept(&[
        cell(COLOURS, X264, ".mp4"),
        cell(COLOURS, X264, ".mkv"),
        cell(COLOURS, X265, ".mp4"),
        cell(COLOURS, FFV1, ".mkv"),
        cell(
            &["tags-601.mkv", "full-range.mkv", "vp9-444.webm", "vp9-10.webm", "vp9-alpha.webm"],
            VP9,
            ".webm",
        ),
        cell(
            &["prores-4444-alpha.mov", "png-alpha.mov", "tags-709.mp4"],
            "-c:v prores_ks -profile:v 4444",
            ".mov",
        ),
        cell(&["prores-4444-alpha.mov", "png-alpha.mov"], FFV1, ".mkv"),
    ])
    .await;
}

const FIELDS: &[&str] = &[
    "h264-bff.mp4",
    "h264-mbaff.mp4",
    "mpeg2-interlaced.mkv",
    "mpeg2-interlaced.vob",
    "mpeg4-interlaced.avi",
    "hevc-fields.mp4",
    "prores-interlaced.mov",
];
const SHAPES: &[&str] = &[
    "sar.mp4",
    "sar.mkv",
    "sar-container.mp4",
    "sar-mpeg2.mpg",
    "rotated-sar.mp4",
    "rotated-90.mov",
    "rotated-180.mov",
    "rotated-270.mp4",
    "flipped.mov",
    "flipped-vertical.mov",
];

#[tokio::test]
async fn fields() {
    all_kept(&[
        cell(FIELDS, X264, ".mp4"),
        cell(FIELDS, X264, ".mkv"),
        cell(FIELDS, X264, ".ts"),
        cell(FIELDS, MPEG2, ".ts"),
        cell(FIELDS, MPEG2, ".mkv"),
        cell(FIELDS, PRORES, ".mov"),
    ])
    .await;
}

#[tokio::test]
async fn shapes() {
    all_kept(&[
        cell(SHAPES, X264, ".mp4"),
        cell(SHAPES, X264, ".mkv"),
        cell(SHAPES, MPEG2, ".ts"),
        cell(&["stereo.mkv", "stereo-mpeg.mp4", "spherical.mp4"], X264, ".mp4"),
        cell(&["stereo.mkv", "stereo-mpeg.mp4", "spherical.mp4"], X264, ".mkv"),
    ])
    .await;
}

#[tokio::test]
async fn captions_and_timecode() {
    all_kept(&[
        cell(&["mpeg2-captions.ts", "mpeg2-captions.m2v"], X264, ".mp4"),
        cell(&["mpeg2-captions.ts"], X264, ".ts"),
        cell(&["mpeg2-captions.ts"], X265, ".mkv"),
        cell(&["mpeg2-captions.ts"], MPEG2, ".ts"),
        cell(&["timecode.mov", "timecode.mkv", "timecode-mpeg2.mpg", "data-track.mov"], X264, ".mp4"),
        cell(&["timecode.mov", "timecode.mkv", "timecode-mpeg2.mpg", "data-track.mov"], X264, ".mov"),
        cell(&["timecode.mov", "timecode.mkv", "timecode-mpeg2.mpg", "data-track.mov"], X264, ".mkv"),
    ])
    .await;
}

const TAGS: &[&str] = &[
    "tags.mkv",
    "tags.mp4",
    "tags.mov",
    "chapters.mp4",
    "chapters-odd.mkv",
    "long-name-tags.mkv",
    "cover-first.mp4",
    "cover-last.mp4",
    "cover.mkv",
    "cover.m4v",
    "two-videos.mkv",
];
const TEXTS: &[&str] = &[
    "subtitles.mkv",
    "subtitles.mp4",
    "subtitles-pictures.mkv",
    "subtitles-dvb.ts",
    "subtitles-early.mkv",
    "webvtt.webm",
    "three-audio.mkv",
    "three-audio.mp4",
    "audio-71.mkv",
    "audio-44100.mp4",
];

#[tokio::test]
async fn tags_and_covers() {
    all_kept(&[
        cell(TAGS, X264, ".mp4"),
        cell(TAGS, X264, ".mkv"),
        cell(TAGS, X264, ".mov"),
        cell(TAGS, VP9, ".webm"),
    ])
    .await;
}

#[tokio::test]
async fn subtitles_and_sounds() {
    all_kept(&[
        cell(TEXTS, X264, ".mp4"),
        cell(TEXTS, X264, ".mkv"),
        cell(TEXTS, VP9, ".webm"),
        cell(TEXTS, X264, ".ts"),
        cell(TEXTS, X264, ".mov"),
    ])
    .await;
}
