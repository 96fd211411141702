//! Pictures that are copied: the result has the packets that one run of ffmpeg with the same words has, and no client
//! encodes them.

use std::path::Path;

use harness::cluster::Cluster;
use harness::films::{film, zoo};
use serde_json::{Value, json};

use crate::plain::{difference, ffmpeg, packets, streams};

/// Films, words, and the suffix of the result. Nothing of them is encoded.
const COPIES: &[(&str, &str, &str)] = &[
    ("h264-open-gop.mp4", "-c copy", "mkv"),
    ("h264-open-gop.mkv", "-c copy", "mp4"),
    ("h264-open-gop.mp4", "-c copy", "ts"),
    ("h264-open-gop.ts", "-c:v copy -c:a copy", "mp4"),
    ("hevc-open-gop.mkv", "-codec copy -tag:v hvc1", "mp4"),
    ("hevc-open-gop.mp4", "-c copy", "ts"),
    ("vfr.mkv", "-c copy -movflags +faststart", "mp4"),
    ("ts-offset.ts", "-c copy", "mkv"),
    ("vp9.webm", "-c copy -threads 4", "mkv"),
    ("one-frame.mp4", "-c copy", "mkv"),
];
const OF_THE_ZOO: &[(&str, &str, &str)] = &[
    ("rotated-90.mov", "-c copy", "mp4"),
    ("subtitles.mkv", "-map 0:v -map 0:a? -map 0:s -c copy", "mkv"),
    ("two-videos.mkv", "-map 0:v:1 -map 0:a -c copy", "mp4"),
    ("three-audio.mkv", "-map 0 -map -0:a:1 -c copy", "mkv"),
];

async fn made(cluster: &Cluster, source: &Path, words: &str, suffix: &str) -> Value {
    let config =
        json!({"ffmpeg_params": words, "file_name_output": format!("a.{suffix}"), "required_clients": 1});
    let id = cluster.ask.submit(source, config).await;
    let status = cluster.ask.completed(&id).await;
    let (result, plain) =
        (cluster.scratch.path().join(format!("{id}.{suffix}")), format!("{id}-plain.{suffix}"));
    let plain = cluster.scratch.path().join(plain);
    cluster.ask.fetch(status["output_url"].as_str().expect("a url"), &result).await;
    let all = if words.contains("-map") { words.to_owned() } else { format!("-map 0 {words}") };
    ffmpeg(&all, source, &plain);
    let name = format!("{} {words} {suffix}", source.display());
    assert_eq!(streams(&result), streams(&plain), "{name}");
    assert_eq!(difference(&packets(&result, "-map 0"), &packets(&plain, "-map 0")), None, "{name}");
    status
}

/// There is no client at all.
#[tokio::test]
async fn a_film_that_is_only_copied_needs_no_client() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let all = COPIES.iter().map(|(name, words, suffix)| (film(name), *words, *suffix));
    for (source, words, suffix) in
        all.chain(OF_THE_ZOO.iter().map(|(name, words, suffix)| (zoo(name), *words, *suffix)))
    {
        let report = made(&cluster, &source, words, suffix).await["report"].clone();
        assert_eq!((&report["pieces"], &report["encoded_by"]), (&json!(0), &json!([])), "{words}: {report}");
        assert_eq!(report["frames_result"], report["frames_wanted"], "{words}: {report}");
        assert_eq!(report["counts_packets"], true, "{words}: {report}");
    }
}

#[tokio::test]
async fn beside_a_copied_picture_a_client_encodes_the_sound() {
    let cluster = Cluster::new().clients(1).start();
    for (source, words, suffix) in [
        (film("h264-open-gop.mkv"), "-c:v copy -c:a aac -b:a 96k", "mp4"),
        (zoo("three-audio.mkv"), "-c copy -c:a ac3", "mkv"),
        (zoo("three-audio.mkv"), "-map 0:a:2 -map 0:v -c:v copy -c:a libmp3lame -af volume=0.5", "mkv"),
    ] {
        let report = made(&cluster, &source, words, suffix).await["report"].clone();
        assert_eq!(
            (&report["pieces"], &report["encoded_by"][0]["sound"]),
            (&json!(0), &json!(true)),
            "{report}"
        );
    }
}

/// Words, the name of the result, and what the refusal must say.
const REFUSED: &[(&str, &str, &[&str])] = &[
    (
        "-c:v copy -vf scale=64:-2",
        "a.mkv",
        &["-vf: a picture that is copied", "can't be filtered", "-c:v libx264"],
    ),
    ("-c copy -ss 0.1", "a.mkv", &["-ss: a picture that is copied", "key frames", "-c:v libx264"]),
    ("-c copy -to 0.2", "a.mkv", &["-t: a picture that is copied", "key frames"]),
    ("-c copy -frames:v 3", "a.mkv", &["-frames:v: a picture that is copied"]),
    ("-c:v copy -crf 20", "a.mkv", &["-crf: a picture that is copied", "can't be changed"]),
    ("-c:v copy -r 25", "a.mkv", &["-r: frames of a picture that is copied"]),
    ("-c copy -b:a 64k", "a.mkv", &["-b:a", "sound that is copied"]),
    ("-c:v copy", "a.webm", &["-c:v copy: WebM can't hold the h264 of stream 0:0", "name an encoder"]),
    ("-c copy", "a.avi", &["-c:v copy: AVI has no times"]),
    ("-c libx264", "a.mkv", &["-c: name the stream"]),
];

#[tokio::test]
async fn what_a_copy_can_not_do_is_refused_with_what_to_do() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let source = film("half-second.mp4");
    for (params, name, says) in REFUSED {
        let config = json!({"ffmpeg_params": params, "file_name_output": name});
        let asked = json!({"ProcessLocalFile": {"file_path": source, "config": config}});
        let reply = cluster.ask.command(asked).await;
        let said = reply["Error"]["message"].as_str().unwrap_or_default();
        says.iter().for_each(|words| assert!(said.contains(words), "{params}: {words} in {reply}"));
    }
    let config = json!({"ffmpeg_params": "-c copy", "file_name_output": "a.mkv", "verify": "full"});
    let reply =
        cluster.ask.command(json!({"ProcessLocalFile": {"file_path": source, "config": config}})).await;
    assert!(reply["Error"]["message"].as_str().is_some_and(|said| said.contains("verify")), "{reply}");
}
