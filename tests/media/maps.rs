//! `-map` chooses what one run of ffmpeg chooses with the same words, in the same order; and says why where it can't.

use std::path::{Path, PathBuf};

use harness::cluster::Cluster;
use harness::films::{film, zoo};
use harness::judge;
use serde_json::{Value, json};

use crate::plain::{difference, ffmpeg, packets, streams};

/// Films, and the words that choose among their streams. Pictures are encoded without loss, the rest is copied.
const MAPS: &[(&str, &str)] = &[
    ("three-audio.mkv", "-map 0"),
    ("three-audio.mkv", "-map 0:v -map 0:a:1"),
    ("three-audio.mkv", "-map 0:a:2 -map 0:V:0 -map 0:1"),
    ("three-audio.mkv", "-map 0 -map -0:a:1"),
    ("three-audio.mkv", "-map v -map 0:m:language:jpn -map 0:a:m:title:Mono"),
    ("three-audio.mkv", "-map 0:v -map 0:a -an"),
    ("three-audio.mkv", "-map 0:v -map 0:s? -map 0:a:7?"),
    ("subtitles.mkv", "-map 0:s:1 -map 0:v"),
    ("subtitles.mkv", "-map 0 -map -0:t -map -0:s:m:language:ger"),
    ("subtitles.mkv", "-map 0:a? -map 0:v -map 0:s -sn"),
    ("two-videos.mkv", "-map 0:v:1"),
    ("two-videos.mp4", "-map 0:a -map 0:v:1"),
    ("two-videos.mkv", "-map 0 -map -0:v:0"),
    ("subtitles-dvb.ts", "-map 0:i:0x100 -map 0:#0x101"),
    ("cover-first.mp4", "-map 0:V"),
];
/// The streams that are copied.
const COPIED: &str = "-map 0:a? -map 0:s? -vn";
const KEPT: &str = "-c:v ffv1 -c:a copy -c:s copy";

struct Job {
    source: PathBuf,
    words: String,
    id: String,
}

async fn submitted(cluster: &Cluster, (name, maps): &(&str, &str)) -> Job {
    let (source, words) = (zoo(name), format!("{maps} {KEPT}"));
    let config = json!({
        "ffmpeg_params": words,
        "file_name_output": "result.mkv",
        "required_clients": 1,
        "exactly": true,
        "times": "source",
    });
    let id = cluster.ask.submit(&source, config).await;
    Job { source, words, id }
}

#[tokio::test]
async fn each_form_of_map_chooses_what_ffmpeg_chooses() {
    let cluster = Cluster::new().clients(2).start();
    let mut jobs = Vec::new();
    for case in MAPS {
        jobs.push(submitted(&cluster, case).await);
    }
    for Job { source, words, id } in &jobs {
        let status = cluster.ask.completed(id).await;
        let result = cluster.scratch.path().join(format!("{id}.mkv"));
        let plain = cluster.scratch.path().join(format!("{id}-plain.mkv"));
        cluster.ask.fetch(status["output_url"].as_str().expect("a url"), &result).await;
        ffmpeg(words, source, &plain);
        let name = format!("{} {words}", source.display());
        assert_eq!(streams(&result), streams(&plain), "{name}");
        assert_eq!(difference(&packets(&result, COPIED), &packets(&plain, COPIED)), None, "{name}");
        judge::same_film(&plain, &result, true, 1.0);
        let dropped = &status["report"]["streams_dropped"];
        let told = |line: &Value| line.as_str().is_some_and(|line| line.contains("the parameters say -map"));
        let left = streams(source).len() > streams(&plain).len();
        if !words.contains("-an") && !words.contains("-sn") {
            assert_eq!(dropped.as_array().expect("a list").iter().any(told), left, "{name}: {dropped}");
        }
    }
}

/// Sound is encoded in the order in which it was chosen, each track with the options of its place.
#[tokio::test]
async fn encoded_sounds_follow_the_order_of_the_maps() {
    let cluster = Cluster::new().clients(1).start();
    let source = zoo("three-audio.mkv");
    let words = "-map 0:a:2 -map 0:v -map 0:a:0 -c:v libx264 -preset ultrafast -c:a aac -ac:a:1 1";
    let config = json!({"ffmpeg_params": words, "file_name_output": "a.mp4", "required_clients": 1});
    let id = cluster.ask.submit(&source, config).await;
    let status = cluster.ask.completed(&id).await;
    let (result, plain) = (cluster.scratch.path().join("ours.mp4"), cluster.scratch.path().join("plain.mp4"));
    cluster.ask.fetch(status["output_url"].as_str().expect("a url"), &result).await;
    ffmpeg(words, &source, &plain);
    assert_eq!(streams(&result), streams(&plain));
    assert_eq!(difference(&packets(&result, "-map 0:a"), &packets(&plain, "-map 0:a")), None);
}

/// Words, the name of the result, and what the refusal must say.
const REFUSED: &[(&str, &str, &[&str])] = &[
    (
        "-map 0:v -map 0:a:3",
        "a.mkv",
        &["-map 0:a:3: no stream of the film matches", "0:1 audio ac3 (ger)", "with ? at its end"],
    ),
    ("-map 1:a", "a.mkv", &["-map 1:a", "a job has one input", "-map 0:…"]),
    ("-map [out]", "a.mkv", &["-map [out]", "-filter_complex", "-vf"]),
    ("-map 0:a", "a.mkv", &["chooses no picture", "-map 0:v"]),
    ("-map -0:a", "a.mkv", &["nothing is chosen before it", "-map 0"]),
    ("-map 0 -map 0:a:0", "a.mkv", &["0:1 is chosen already by -map 0", "-map -0:1"]),
    ("-map 0:v -map 0:4", "a.mkv", &["-map 0:4: no stream of the film matches"]),
    ("-map 0:v -map 0:p:1", "a.mkv", &["expected streams of the film"]),
];

#[tokio::test]
async fn a_map_that_can_not_be_honoured_is_refused_with_what_to_do() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let refused = async |source: &Path, params: &str, name: &str| {
        let config = json!({"ffmpeg_params": params, "file_name_output": name});
        let reply =
            cluster.ask.command(json!({"ProcessLocalFile": {"file_path": source, "config": config}})).await;
        assert_eq!(reply["Error"]["code"], "INVALID_PARAMETERS", "{params}: {reply}");
        reply["Error"]["message"].as_str().unwrap_or_default().to_owned()
    };
    for (params, name, says) in REFUSED {
        let said = refused(&zoo("three-audio.mkv"), params, name).await;
        says.iter().for_each(|words| assert!(said.contains(words), "{params}: {words} in {said}"));
    }
    let said = refused(&zoo("subtitles.mkv"), "-map 0:v -map 0:t:0", "a.mp4").await;
    assert!(said.contains("-map 0:t:0: ") && said.contains("MP4 can't hold"), "{said}");
    let said = refused(&film("half-second.mp4"), "-map 0:s", "a.mkv").await;
    assert!(said.contains("no stream of the film matches"), "{said}");
}
