//! Sound against picture, compared with what one plain run of ffmpeg makes of the same film.

use std::path::PathBuf;

use harness::cluster::Cluster;
use harness::films::film;
use harness::lipsync::{offsets, plain};
use serde_json::json;

/// What is made of which films.
struct Cell {
    films: &'static [&'static str],
    params: &'static str,
    suffix: &'static str,
    like: Like,
}

/// What a result is held against, and how far it may be off.
#[derive(Clone, Copy)]
enum Like {
    /// One run of ffmpeg: far less than an audio frame (20 ms and more), as the same samples get the same times. What
    /// is allowed is for containers that count in milliseconds.
    Plain,
    /// The source. AVI has no times, and sound in it no place before the picture: a plain run doubles the first frame
    /// to make one and so is further off itself. Sound can be moved by whole packets, here of 26 ms at most; half of
    /// one is what may remain.
    Source,
}

impl Like {
    fn allowed_ms(self) -> f64 {
        match self {
            Self::Plain => 2.0,
            Self::Source => 13.5,
        }
    }
}

struct Job {
    source: PathBuf,
    id: String,
    result: PathBuf,
}

/// All jobs are submitted at once and share the clients.
async fn in_step(cells: &[Cell]) {
    let cluster = Cluster::new().clients(2).start();
    let mut jobs: Vec<(&Cell, Job)> = Vec::new();
    for cell in cells {
        for name in cell.films {
            jobs.push((cell, hand_in(&cluster, cell, name).await));
        }
    }
    // All that is wrong is told at once: which cells fail together tells the cause.
    let mut complaints = Vec::new();
    for (cell, job) in jobs {
        let status = cluster.ask.ended(&job.id).await;
        let judged = if status["status"] == "Completed" {
            cluster.ask.fetch(status["output_url"].as_str().expect("a url"), &job.result).await;
            let pieces = status["report"]["pieces"].as_u64();
            assert!(!job.source.ends_with(IN_PIECES) || pieces > Some(1), "it has no joins: {status:#}");
            compare(cell, &job)
        } else {
            Err(status["error"].to_string())
        };
        let name = job.source.file_name().unwrap_or_default().display();
        complaints
            .extend(judged.err().map(|what| format!("{name} to {} {}: {what}", cell.suffix, cell.params)));
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

async fn hand_in(cluster: &Cluster, cell: &Cell, name: &str) -> Job {
    let source = film(name);
    let config = json!({
        "ffmpeg_params": cell.params,
        "file_name_output": format!("result{}", cell.suffix),
        "required_clients": 1,
        "exactly": true,
    });
    let id = cluster.ask.submit(&source, config).await;
    let result = cluster.scratch.path().join(format!("{id}{}", cell.suffix));
    Job { source, id, result }
}

/// Every film has at least so many events; fewer would mean that the measuring fails.
const FEWEST: usize = 4;

/// The same events at the same distances.
fn compare(cell: &Cell, job: &Job) -> Result<(), String> {
    let wanted = match cell.like {
        Like::Plain => {
            let reference = job.result.with_file_name(format!("{}-plain{}", job.id, cell.suffix));
            plain(&job.source, cell.params, &reference);
            offsets(&reference)
        }
        Like::Source => offsets(&job.source),
    };
    let ours = offsets(&job.result);
    let off = ours.iter().zip(&wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let told = format!("{off:.3} ms off: {ours:.1?} instead of {wanted:.1?}");
    let as_many = wanted.len() >= FEWEST && ours.len() == wanted.len();
    if as_many && off <= cell.like.allowed_ms() { Ok(()) } else { Err(told) }
}

/// Short films are one piece; in this one there are joins to get wrong. It has a cluster of its own: a client that other
/// jobs have shown to be fast would be given all of it.
const IN_PIECES: &str = "beep-pieces.mp4";

const SOURCES: &[&str] = &[
    "beep-plain.mp4",
    "beep-plain.mkv",
    "beep-441.mp4",
    "beep-2997.mp4",
    "beep-pcm.mov",
    "beep-mp3.avi",
    "beep-opus.webm",
    "beep-offset.ts",
    "beep-edit.mp4",
    "beep-sound-late.mp4",
    "beep-picture-late.mp4",
    "beep-priming.mp4",
];

/// One for each way in which sound and picture can begin at different times.
const BEGINNINGS: &[&str] = &[
    "beep-plain.mkv",
    "beep-opus.mkv",
    "beep-offset.ts",
    "beep-edit.mp4",
    "beep-sound-late.mp4",
    "beep-picture-late.mp4",
];

/// Sound before the picture, an edit list, the picture before the sound: for ways that differ little from others.
const FEW: &[&str] = &["beep-plain.mkv", "beep-edit.mp4", "beep-picture-late.mp4"];

/// Not those whose picture begins late or has a first frame of another length: AVI can't hold them, and the job says so.
const FOR_AVI: &[&str] = &[
    "beep-plain.mp4",
    "beep-plain.mkv",
    "beep-441.mp4",
    "beep-offset.ts",
    "beep-edit.mp4",
    "beep-sound-late.mp4",
];

const LATE_AND_EARLY: &[&str] = &["beep-sound-late.mp4", "beep-plain.mkv"];

const X264: &str = "-c:v libx264 -preset ultrafast -bf 2";
const X264_AAC: &str = "-c:v libx264 -preset ultrafast -bf 2 -c:a aac";
const X264_PCM: &str = "-c:v libx264 -preset ultrafast -bf 2 -c:a pcm_s16le";
const X264_COPY: &str = "-c:v libx264 -preset ultrafast -bf 2 -c:a copy";
const VP9_OPUS: &str = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 0 -crf 40 -c:a libopus";
const MPEG4_PCM: &str = "-c:v mpeg4 -q:v 4 -c:a pcm_s16le";
const MPEG4_MP3: &str = "-c:v mpeg4 -q:v 4 -c:a libmp3lame";

#[tokio::test]
async fn mp4_and_mov() {
    in_step(&[
        Cell { films: SOURCES, params: X264, suffix: ".mp4", like: Like::Plain },
        Cell { films: FEW, params: X264_PCM, suffix: ".mov", like: Like::Plain },
    ])
    .await;
}

#[tokio::test]
async fn matroska_and_webm() {
    in_step(&[
        Cell { films: BEGINNINGS, params: X264_AAC, suffix: ".mkv", like: Like::Plain },
        Cell { films: &["beep-opus.webm"], params: VP9_OPUS, suffix: ".webm", like: Like::Plain },
        Cell { films: FEW, params: VP9_OPUS, suffix: ".webm", like: Like::Plain },
    ])
    .await;
}

#[tokio::test]
async fn transport_stream_and_avi() {
    in_step(&[
        Cell { films: BEGINNINGS, params: X264_AAC, suffix: ".ts", like: Like::Plain },
        Cell { films: FOR_AVI, params: MPEG4_MP3, suffix: ".avi", like: Like::Source },
        Cell { films: LATE_AND_EARLY, params: MPEG4_PCM, suffix: ".avi", like: Like::Source },
    ])
    .await;
}

#[tokio::test]
async fn film_in_several_pieces() {
    in_step(&[Cell { films: &[IN_PIECES], params: X264, suffix: ".mp4", like: Like::Plain }]).await;
    in_step(&[Cell { films: &[IN_PIECES], params: MPEG4_MP3, suffix: ".avi", like: Like::Source }]).await;
}

#[tokio::test]
async fn copied_sound() {
    in_step(&[
        Cell { films: FEW, params: X264_COPY, suffix: ".mp4", like: Like::Plain },
        Cell { films: FEW, params: X264_COPY, suffix: ".mkv", like: Like::Plain },
    ])
    .await;
}
