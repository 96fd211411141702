//! What a film's first frame is encoded as is remembered for like films. Where it does not hold for the next one, that costs time,
//! and no frame.

use std::path::{Path, PathBuf};
use std::process::Command;

use harness::cluster::Cluster;
use rustix::process::Signal;
use serde_json::{Value, json};

/// Two films that begin so are the same to ffprobe.
const BEGINS: &str = "320x180";
const SMALLER: &str = "160x90";

fn ffmpeg(folder: &Path, words: &str) -> String {
    let words = format!("-nostdin -v error {words}");
    let run = Command::new("ffmpeg").args(words.split_whitespace()).current_dir(folder).output();
    let run = run.expect("ffmpeg starts");
    assert!(run.status.success(), "{words}");
    String::from_utf8(run.stdout).expect("a list")
}

/// Two seconds of one size, and six of another: further than any decoder begins before what is wanted.
fn film(folder: &Path, name: &str, then: &str) -> PathBuf {
    for (part, size, seconds) in [("begin", BEGINS, 2), ("end", then, 6)] {
        let drawn = format!("-f lavfi -i testsrc2=s={size}:r=25:d={seconds}");
        ffmpeg(folder, &format!("{drawn} -c:v mpeg2video -g 25 -q:v 2 -f mpegts {part}-{name}"));
    }
    ffmpeg(folder, &format!("-i concat:begin-{name}|end-{name} -c copy {name}"));
    folder.join(name)
}

/// Sizes and digests of decoded frames.
fn pictures(folder: &Path, file: &str, from: &str) -> Vec<String> {
    let told = ffmpeg(folder, &format!("-i {file} -vf {from} -f framemd5 -"));
    let of_frame = |line: &str| Some(line.rsplit_once(',')?.1.trim().to_owned());
    told.lines().filter(|line| !line.starts_with('#')).filter_map(of_frame).collect()
}

/// The pictures that one ffmpeg makes of such a film.
fn of_plain(folder: &Path, name: &str) -> Vec<String> {
    ffmpeg(folder, &format!("-i {name} -c:v ffv1 -ss 5 plain-{name}"));
    pictures(folder, &format!("plain-{name}"), "null")
}

/// How often the server encoded a first frame for each job.
fn first_frames(mut cluster: Cluster, jobs: &[String]) -> Vec<usize> {
    cluster.server.signal(Signal::TERM);
    assert!(cluster.server.end().success());
    let text = std::fs::read(cluster.scratch.path().join("server.json")).expect("a trace");
    let events: Vec<Value> = serde_json::from_slice(&text).expect("the file is complete");
    let is_one = |event: &&Value| event["name"] == "first frame" && event["args"]["program"] == "ffmpeg";
    let of =
        |job: &String| events.iter().filter(is_one).filter(|event| event["args"]["job"] == **job).count();
    jobs.iter().map(of).collect()
}

#[tokio::test]
async fn a_remembered_first_frame_that_does_not_hold_costs_time_and_no_frame() {
    let flags = ["--required-clients", "1", "--trace", "server.json"];
    let cluster = Cluster::new().clients(1).with(&flags).start();
    let folder = cluster.scratch.path();
    let config = json!({"ffmpeg_params": "-c:v ffv1 -ss 5", "file_name_output": "x.mkv"});
    let mut jobs = Vec::new();
    for (name, then) in [("a.mkv", BEGINS), ("like.mkv", BEGINS), ("other.mkv", SMALLER)] {
        let job = cluster.ask.submit(&film(folder, name, then), config.clone()).await;
        let status = cluster.ask.completed(&job).await;
        let url = status["output_url"].as_str().expect("a completed job has a result");
        cluster.ask.fetch(url, &folder.join(format!("result-{name}"))).await;
        let made = pictures(folder, &format!("result-{name}"), "null");
        assert_eq!(made.len(), 75, "{name}");
        assert_eq!(made, of_plain(folder, name), "{name}");
        jobs.push(job);
    }
    // Of a part, and of the film's beginning.
    assert_eq!(first_frames(cluster, &jobs), [2, 0, 1]);
}

/// Such a part came out in its own size, where ffmpeg scales it to the size of the film's beginning.
#[tokio::test]
async fn a_part_after_a_change_of_size_has_the_size_of_the_films_beginning() {
    let cluster = Cluster::new().clients(1).with(&["--required-clients", "1"]).start();
    let folder = cluster.scratch.path();
    let config = json!({"ffmpeg_params": "-c:v ffv1 -ss 5", "file_name_output": "x.mkv"});
    let job = cluster.ask.submit(&film(folder, "smaller.mkv", SMALLER), config).await;
    let status = cluster.ask.completed(&job).await;
    let url = status["output_url"].as_str().expect("a completed job has a result");
    cluster.ask.fetch(url, &folder.join("result.mkv")).await;
    assert_eq!(pictures(folder, "result.mkv", "null"), of_plain(folder, "smaller.mkv"));
}
