//! Films of every kind through three clients, each result judged against its source.

mod care;
mod clock;
mod colours;
mod copies;
mod corpus;
mod door;
mod filter_table;
mod filters;
mod frames;
mod jobs;
mod keep;
mod keyed;
mod ladder;
mod lipsync;
mod lists;
mod long;
mod maps;
mod pairs;
mod pieces;
mod plain;
mod presets;
mod product;
mod random;
mod run;
mod seams;
mod sequence;
mod stream;
mod times;
mod tones;
mod versions;
mod zoo;

use std::path::PathBuf;

use harness::cluster::{Cluster, Setup};
use harness::films::film;
use harness::judge;
use serde_json::Value;

/// All films are submitted at once and share the clients.
async fn all_come_back(setup: Setup, films: &[&str], lossless: bool, allowed_ms: f64) {
    let suffix = setup.suffix.clone();
    let cluster = setup.start();
    let mut jobs: Vec<(PathBuf, String)> = Vec::new();
    for name in films {
        let source = film(name);
        let job = cluster.ask.submit(&source, Value::Null).await;
        jobs.push((source, job));
    }
    for (source, job) in jobs {
        let status = cluster.ask.ended(&job).await;
        assert_eq!(status["status"], "Completed", "{}: {}", source.display(), status["error"]);
        let result = cluster.scratch.path().join(format!("{job}{suffix}"));
        cluster.ask.fetch(status["output_url"].as_str().expect("a url"), &result).await;
        judge::same_film(&source, &result, lossless, allowed_ms);
    }
}

const H264: &[&str] = &[
    "h264-one-key.mp4",
    "h264-open-gop.mp4",
    "h264-open-gop.mkv",
    "h264-open-gop.ts",
    "hevc-open-gop.mp4",
    "hevc-open-gop.mkv",
    "hevc-open-gop.ts",
];
const TIMES: &[&str] = &[
    "vfr.mkv",
    "vfr.mp4",
    "edit-list.mp4",
    "ts-offset.ts",
    "rate-23976.mp4",
    "rate-2997.mp4",
    "rate-5994.mp4",
    "one-frame.mp4",
    "half-second.mp4",
];
const KINDS: &[&str] = &[
    "vp9.webm",
    "interlaced.mpg",
    "mpeg4-b.avi",
    "plain.avi",
    "two-audio.mkv",
    "no-audio.mp4",
    "rotated.mp4",
    "hdr10.mp4",
    "sar.mp4",
    "cover.mp4",
    "audio-late.mp4",
    "audio-longer.mp4",
];

#[tokio::test]
async fn groups_of_pictures_of_every_kind_lossless() {
    all_come_back(Cluster::new().clients(3), H264, true, 1.1).await;
}

#[tokio::test]
async fn times_of_every_kind_lossless() {
    all_come_back(Cluster::new().clients(3), TIMES, true, 1.1).await;
}

#[tokio::test]
async fn sources_of_every_kind_lossless() {
    all_come_back(Cluster::new().clients(3), KINDS, true, 1.1).await;
}

#[tokio::test]
async fn x264_into_mp4_keeps_every_time() {
    let films = [H264, TIMES].concat();
    all_come_back(
        Cluster::new().clients(3).encode("-c:v libx264 -preset veryfast", ".mp4"),
        &films,
        false,
        0.1,
    )
    .await;
}

#[tokio::test]
async fn x264_into_matroska() {
    all_come_back(
        Cluster::new().clients(3).encode("-c:v libx264 -preset veryfast", ".mkv"),
        KINDS,
        false,
        1.1,
    )
    .await;
}

#[tokio::test]
async fn x265_vp9_and_av1() {
    let films = ["vfr.mkv", "edit-list.mp4", "half-second.mp4", "two-audio.mkv"];
    all_come_back(
        Cluster::new().clients(2).encode("-c:v libx265 -preset ultrafast", ".mkv"),
        &films,
        false,
        1.1,
    )
    .await;
    let vp9 = "-c:v libvpx-vp9 -deadline realtime -cpu-used 8";
    all_come_back(Cluster::new().clients(2).encode(vp9, ".mkv"), &films, false, 1.1).await;
    if !judge::decodes("av1") {
        return judge::not_checked("AV1", "this build of ffmpeg has no decoder for it");
    }
    all_come_back(Cluster::new().clients(2).encode("-c:v libsvtav1 -preset 12", ".mkv"), &films, false, 1.1)
        .await;
}
