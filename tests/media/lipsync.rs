//! Sound against picture, compared with what one plain run of ffmpeg makes of the same film.

use std::path::PathBuf;

use harness::cluster::{Cluster, Setup};
use harness::films::film;
use harness::lipsync::{offsets, plain};
use serde_json::json;

/// What is made of which films.
struct Cell {
    films: &'static [&'static str],
    params: &'static str,
    suffix: &'static str,
    allowed_ms: f64,
}

struct Job {
    source: PathBuf,
    id: String,
    result: PathBuf,
}

/// All jobs are handed in at once and share the clients.
async fn in_step(cells: &[Cell]) {
    let cluster = Cluster::start(Setup::lossless(2));
    let mut jobs: Vec<(&Cell, Job)> = Vec::new();
    for cell in cells {
        for name in cell.films {
            let job = hand_in(&cluster, cell, name).await;
            jobs.push((cell, job));
        }
    }
    let mut complaints = Vec::new();
    for (cell, job) in jobs {
        let status = cluster.ask.ended(&job.id).await;
        let name = format!("{} to {} ({})", job.source.display(), cell.suffix, cell.params);
        if status["status"] != "Completed" {
            complaints.push(format!("{name}: {}", status["error"]));
            continue;
        }
        cluster.ask.fetch(status["output_url"].as_str().expect("a url"), &job.result).await;
        complaints.extend(compare(cell, &job).err().map(|what| format!("{name}: {what}")));
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

/// The same events at the same distances.
fn compare(cell: &Cell, job: &Job) -> Result<(), String> {
    let reference = job.result.with_file_name(format!("{}-plain{}", job.id, cell.suffix));
    plain(&job.source, cell.params, &reference);
    let (ours, theirs) = (offsets(&job.result), offsets(&reference));
    let off = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    let told = format!("ours {ours:.1?}, plain {theirs:.1?}, source {:.1?}", offsets(&job.source));
    println!("{} {} {}: {off:.3} ms; {told}", job.source.display(), cell.suffix, cell.params);
    if theirs.len() < FEWEST || ours.len() != theirs.len() {
        return Err(format!("number of events: {told}"));
    }
    if off > cell.allowed_ms {
        return Err(format!("{off:.3} ms off, {} allowed: {told}", cell.allowed_ms));
    }
    Ok(())
}

/// Every film has at least so many events; fewer would mean that the measuring fails.
const FEWEST: usize = 4;

const ALL: &[&str] = &[
    "beep-plain.mp4",
    "beep-plain.mkv",
    "beep-opus.mkv",
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

#[tokio::test]
async fn mp4_and_mov() {
    let x264 = "-c:v libx264 -preset ultrafast -bf 2";
    in_step(&[
        Cell { films: ALL, params: x264, suffix: ".mp4", allowed_ms: 5.0 },
        Cell {
            films: ALL,
            params: "-c:v libx264 -preset ultrafast -bf 2 -c:a pcm_s16le",
            suffix: ".mov",
            allowed_ms: 5.0,
        },
    ])
    .await;
}

#[tokio::test]
async fn matroska_and_webm() {
    in_step(&[
        Cell {
            films: ALL,
            params: "-c:v libx264 -preset ultrafast -bf 2 -c:a aac",
            suffix: ".mkv",
            allowed_ms: 5.0,
        },
        Cell {
            films: ALL,
            params: "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 0 -crf 40 -c:a libopus",
            suffix: ".webm",
            allowed_ms: 5.0,
        },
    ])
    .await;
}

#[tokio::test]
async fn transport_stream_and_avi() {
    in_step(&[
        Cell {
            films: ALL,
            params: "-c:v libx264 -preset ultrafast -bf 2 -c:a aac",
            suffix: ".ts",
            allowed_ms: 5.0,
        },
        Cell { films: ALL, params: "-c:v mpeg4 -q:v 4 -c:a libmp3lame", suffix: ".avi", allowed_ms: 5.0 },
    ])
    .await;
}

#[tokio::test]
async fn copied_sound() {
    in_step(&[
        Cell {
            films: ALL,
            params: "-c:v libx264 -preset ultrafast -bf 2 -c:a copy",
            suffix: ".mp4",
            allowed_ms: 5.0,
        },
        Cell {
            films: ALL,
            params: "-c:v libx264 -preset ultrafast -bf 2 -c:a copy",
            suffix: ".mkv",
            allowed_ms: 5.0,
        },
    ])
    .await;
}
