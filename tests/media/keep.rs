//! What one plain run of ffmpeg keeps of a film beside its pixels, we keep too; or the report names it.

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::cluster::Cluster;
use harness::films::zoo;
use harness::traits::{stream_numbers, traits};
use serde_json::{Value, json};

/// What is made of which films.
struct Cell {
    films: &'static [&'static str],
    params: &'static str,
    suffix: &'static str,
    /// What the plain run must be told to do as well as we do by ourselves.
    taught: &'static str,
    /// What differs from the plain run, and the words of the report that tell of it. Words of `""` stand for differences
    /// that nobody loses anything by; the reason is beside them.
    told: &'static [(&'static str, &'static str)],
    /// Words that the report must hold, for what a plain run loses in silence.
    warned: &'static [&'static str],
}

const fn cell(films: &'static [&'static str], params: &'static str, suffix: &'static str) -> Cell {
    Cell { films, params, suffix, taught: "", told: &[], warned: &[] }
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

/// All jobs are submitted at once and share the clients; all that is wrong is told at once.
async fn all_kept(cells: &[Cell]) {
    let cluster = Cluster::new().clients(2).start();
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
    let is_excused = |what: &&String| {
        let excuse = |(about, words): &(&str, &str)| what.contains(about) && told.contains(words);
        !job.cell.told.iter().any(excuse)
    };
    let mut wrong: Vec<String> =
        differences(&reference, &job.result).iter().filter(is_excused).cloned().collect();
    let unsaid = job.cell.warned.iter().filter(|words| !told.contains(**words));
    wrong.extend(unsaid.map(|words| format!("no word of {words:?} in:\n{told}")));
    let fates = |n: &u64| {
        let of_it = |line: &&String| line.starts_with(&format!("0:{n} "));
        kept.iter().chain(&dropped).filter(of_it).count()
    };
    let numbers = stream_numbers(&job.source);
    wrong.extend(numbers.iter().filter(|n| fates(n) != 1).map(|n| format!("stream {n} has not one fate")));
    wrong
}

/// What the one has and the other has not.
fn differences(reference: &Path, result: &Path) -> Vec<String> {
    let (want, got) = (traits(reference), traits(result));
    let other = |(key, value): (&String, &String)| {
        let there = got.get(key);
        let same = there.is_some_and(|there| alike(key, value, there));
        (!same).then(|| format!("{key} is {there:?}, a plain run has {value:?}"))
    };
    let mut all: Vec<String> = want.iter().filter_map(other).collect();
    let turned = got.keys().filter(|key| key.contains(".side.Display Matrix") && !want.contains_key(*key));
    all.extend(turned.map(|key| format!("{key}: a plain run has none")));
    all
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
    let params = [job.cell.params, job.cell.taught].join(" ");
    words.extend(params.split_whitespace().map(str::to_owned));
    for (n, sentence) in kept.iter().enumerate() {
        if sentence.contains("copied") {
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
const MPEG2: &str = "-c:v mpeg2video -q:v 3";
const PRORES: &str = "-c:v prores_ks -profile:v 4444";

const HDR: &[&str] = &["hevc-hdr10.mp4", "hevc-hdr10.mkv", "hevc-hlg.mp4"];
const COLOURS: &[&str] = &[
    "tags-709.mp4",
    "tags-601.mkv",
    "tags-smpte240.ts",
    "full-range.mkv",
    "chroma-topleft.mkv",
    "gray-10.mp4",
    "hevc-422-12.mkv",
    "hevc-444.mp4",
];
const ALPHA: &[&str] = &["prores-4444-alpha.mov", "png-alpha.mov"];
const FIELDS: &[&str] = &["h264-mbaff.mp4", "mpeg2-interlaced.mkv", "prores-interlaced.mov"];
const FIELD: &str = "-flags +ildct+ilme";
const LOWER_FIELD: &str = "-flags +ildct+ilme -x264-params bff=1";

#[tokio::test]
async fn light_colours_and_fields() {
    all_kept(&[
        cell(HDR, X265, ".mp4"),
        cell(HDR, X264, ".mkv"),
        cell(&["hevc-hdr10.mp4"], AV1, ".mkv"),
        Cell { warned: &["mastering display", "light level"], ..cell(&["hevc-hdr10.mp4"], VP9, ".webm") },
        cell(COLOURS, X264, ".mp4"),
        // A plain run squeezes full range; we keep it.
        Cell {
            told: &[("color_range", "")],
            ..cell(&["tags-601.mkv", "full-range.mkv", "vp9-10.webm"], VP9, ".webm")
        },
        cell(ALPHA, PRORES, ".mov"),
        Cell { warned: &["transparency"], ..cell(ALPHA, X264, ".mp4") },
        Cell { taught: FIELD, ..cell(FIELDS, X264, ".mp4") },
        Cell { taught: LOWER_FIELD, told: &[("field_order", "")], ..cell(&["h264-bff.mp4"], X264, ".mkv") },
        Cell { taught: FIELD, ..cell(&["h264-bff.mp4", "mpeg2-interlaced.vob"], MPEG2, ".ts") },
    ])
    .await;
}

const SHAPES: &[&str] = &[
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
const CLOCKS: &[&str] = &["timecode.mov", "timecode.mkv"];

#[tokio::test]
async fn shapes_captions_and_timecode() {
    all_kept(&[
        cell(SHAPES, X264, ".mp4"),
        cell(&["sar.mp4", "rotated-sar.mp4"], MPEG2, ".ts"),
        cell(&["stereo.mkv", "stereo-mpeg.mp4"], X264, ".mkv"),
        Cell {
            // Stereo is told in band, by x264 itself.
            told: &[("Spherical", "spherical"), ("streams.0.side.Stereo", "")],
            ..cell(&["spherical.mp4", "stereo.mkv"], X264, ".mp4")
        },
        cell(&["mpeg2-captions.ts"], X264, ".mp4"),
        cell(&["mpeg2-captions.ts"], MPEG2, ".ts"),
        Cell { warned: &["closed captions"], ..cell(&["mpeg2-captions.ts"], X265, ".mkv") },
        cell(CLOCKS, X264, ".mp4"),
        cell(CLOCKS, X264, ".mov"),
        cell(CLOCKS, X264, ".mkv"),
        Cell { warned: &["01:02:03:04"], ..cell(&["timecode.mov"], X264, ".ts") },
        Cell { warned: &["the timecode in the pictures"], ..cell(&["timecode-mpeg2.mpg"], X264, ".mp4") },
    ])
    .await;
}

const TAGS: &[&str] =
    &["tags.mov", "chapters-odd.mkv", "long-name-tags.mkv", "cover-first.mp4", "two-videos.mkv"];
/// MP4 has no other place for a title of a track that players show.
const TITLES: &[(&str, &str)] = &[("handler_name", "is the handler's name")];
/// A plain run marks the first of a kind as default where the source marks none; we leave it unmarked.
const FLAGS: &[(&str, &str)] = &[("disposition.default", "")];
const TEXTS: &[&str] =
    &["subtitles.mkv", "subtitles.mp4", "subtitles-dvb.ts", "webvtt.webm", "three-audio.mkv", "audio-71.mkv"];

#[tokio::test]
async fn tags_covers_subtitles_and_sounds() {
    all_kept(&[
        Cell { told: TITLES, ..cell(TAGS, X264, ".mp4") },
        Cell { warned: &["can't hold a cover of png"], ..cell(&["cover-first.mp4"], X264, ".mov") },
        cell(TAGS, X264, ".mkv"),
        Cell { warned: &["tags of the source"], ..cell(&["tags.mkv"], MPEG2, ".ts") },
        Cell { told: TITLES, ..cell(TEXTS, X264, ".mp4") },
        Cell { told: FLAGS, ..cell(TEXTS, X264, ".mkv") },
        Cell { told: FLAGS, ..cell(&["subtitles.mkv"], VP9, ".webm") },
        cell(&["subtitles-dvb.ts"], X264, ".ts"),
    ])
    .await;
}

/// The judge is worth something only if it sees each kind of loss: film, what a run says, what a worse run says more, and
/// what must be missed.
const LOSSES: &[(&str, &str, &str, &str)] = &[
    ("hevc-hdr10.mp4", "-c copy", "-bsf:v filter_units=remove_types=39", "Mastering display"),
    ("tags-709.mp4", X264, "-vf setparams=color_primaries=unknown", "color_primaries"),
    ("full-range.mkv", X264, "-vf scale=out_range=tv,format=yuv420p", "color_range"),
    ("h264-bff.mp4", "-c:v libx264 -flags +ildct+ilme", "-flags -ildct-ilme", "fields"),
    ("sar.mp4", X264, "-vf setsar=1", "sample_aspect_ratio"),
    ("rotated-sar.mp4", X264, "-vf transpose", "width"),
    ("mpeg2-captions.ts", X264, "-a53cc 0", "frames.ATSC A53"),
    ("stereo-mpeg.mp4", X264, "-vf sidedata=delete:STEREO3D", "Stereo 3D"),
    ("timecode.mov", "-c copy", "-write_tmcd 0", "timecode"),
    ("tags.mkv", "-c copy", "-metadata comment=", "format.tags.comment"),
    ("chapters.mp4", "-c copy", "-map_chapters -1", "chapters.0"),
    ("three-audio.mkv", "-map 0 -c copy", "-disposition:a:2 0", "hearing_impaired"),
    ("three-audio.mkv", "-map 0 -c copy", "-metadata:s:a:1 language=", "language"),
    ("three-audio.mkv", "-map 0 -c:v copy -c:a ac3", "-ac 2", "channel_layout"),
];

#[test]
fn the_judge_sees_each_kind_of_loss() {
    let scratch = harness::cluster::Scratch::new();
    for (number, (film, usual, worse, missed)) in LOSSES.iter().enumerate() {
        let source = zoo(film);
        let suffix = if film.ends_with(".mkv") { "mkv" } else { "mp4" };
        let make = |kind: &str, line: &str| {
            let made = scratch.path().join(format!("{number}-{kind}.{suffix}"));
            let mut words = vec!["-v".to_owned(), "error".into(), "-y".into(), "-i".into()];
            words.push(source.display().to_string());
            words.extend(line.split_whitespace().map(str::to_owned));
            words.push(made.display().to_string());
            crate::run::run("ffmpeg", &words).expect("ffmpeg makes it");
            made
        };
        let good = make("good", usual);
        assert_eq!(differences(&good, &good), Vec::<String>::new(), "{film}");
        let found = differences(&good, &make("worse", &format!("{usual} {worse}")));
        assert!(found.iter().any(|what| what.contains(missed)), "{film}: {missed} is not missed: {found:?}");
    }
}
