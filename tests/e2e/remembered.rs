//! What a dry run told is remembered: the same parameters for a like picture start none, and are judged as before.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use harness::cluster::Cluster;
use rustix::process::Signal;
use serde_json::{Value, json};

const SMALL: &str = "testsrc2=s=64x48:r=25:d=1";
const LARGER: &str = "testsrc2=s=96x64:r=25:d=1";

fn server() -> Cluster {
    Cluster::new().with(&["--required-clients", "1", "--trace", "server.json"]).start()
}

/// A film with sound, in Matroska.
fn film(cluster: &Cluster, name: &str, picture: &str, words: &[&str]) -> PathBuf {
    let file = cluster.scratch.path().join(name);
    let mut making = Command::new("ffmpeg");
    making.args(["-nostdin", "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=d=1"]);
    assert!(making.args(words).arg(&file).status().unwrap().success(), "{name}");
    file
}

struct Submission<'a> {
    film: &'a Path,
    params: &'a str,
    name: &'a str,
}

/// The sentence of the refusal; empty: it became a job.
async fn submitted(cluster: &Cluster, submission: Submission<'_>) -> String {
    let Submission { film, params, name } = submission;
    let config = json!({"ffmpeg_params": params, "file_name_output": name});
    let reply = cluster.ask.command(json!({"ProcessLocalFile": {"file_path": film, "config": config}})).await;
    let job = &reply["JobCreated"]["job_id"];
    assert!(job.is_string() || reply["Error"]["message"].is_string(), "{params} {name}: {reply}");
    if job.is_string() {
        cluster.ask.command(json!({"CancelJob": {"job_id": job}})).await;
    }
    reply["Error"]["message"].as_str().unwrap_or_default().to_owned()
}

/// How often admission started ffmpeg, for each submission in its order. Each starts ffprobe.
fn started(mut cluster: Cluster) -> Vec<usize> {
    cluster.server.signal(Signal::TERM);
    assert!(cluster.server.end().success());
    let text = std::fs::read(cluster.scratch.path().join("server.json")).unwrap();
    let mut events: Vec<Value> = serde_json::from_slice(&text).expect("the file is complete");
    events.retain(|event| event["cat"] == "program" && event["name"] == "dry run");
    events.sort_by_key(|event| event["ts"].as_u64());
    let job = |event: &Value| event["args"]["job"].as_str().unwrap_or_default().to_owned();
    let mut seen = BTreeSet::new();
    let jobs: Vec<String> = events.iter().map(job).filter(|job| seen.insert(job.clone())).collect();
    let is_ffmpeg = |event: &&Value| event["args"]["program"] == "ffmpeg";
    let of = |name: &String| events.iter().filter(is_ffmpeg).filter(|event| job(event) == *name).count();
    jobs.iter().map(of).collect()
}

#[tokio::test]
async fn the_same_parameters_for_a_like_picture_start_no_dry_run() {
    let cluster = server();
    let small = film(&cluster, "small.mkv", SMALL, &[]);
    let like = film(&cluster, "like.mkv", SMALL, &["-t", "0.5"]);
    let larger = film(&cluster, "larger.mkv", LARGER, &[]);
    let (x264, other) = ("-c:v libx264 -preset veryfast", "-c:v libx264 -preset ultrafast");
    let (copied, scaled) = ("-c:v libx264 -c:a copy", "-c:v libx264 -preset veryfast -vf scale=32:24");
    for (film, params, name) in [
        (&small, x264, "a.mp4"),
        (&small, x264, "b.mp4"),
        (&like, x264, "a.mp4"),
        (&small, other, "a.mp4"),
        (&larger, x264, "a.mp4"),
        (&small, copied, "a.mkv"),
        (&small, copied, "a.mkv"),
        (&small, scaled, "a.mp4"),
        (&like, scaled, "a.mp4"),
        (&small, x264, "a.mov"),
    ] {
        assert_eq!(submitted(&cluster, Submission { film, params, name }).await, "", "{params} {name}");
    }
    // The dry run and the dry join. What is copied is joined each time; another container joins the same frames.
    assert_eq!(started(cluster), [2, 0, 0, 2, 2, 2, 1, 2, 0, 1]);
}

#[tokio::test]
async fn what_was_refused_is_refused_again_in_the_same_words() {
    let cluster = server();
    let small = film(&cluster, "small.mkv", SMALL, &[]);
    let long = "x".repeat(300);
    let titled = film(&cluster, "titled.mkv", SMALL, &["-metadata", &format!("title={long}")]);
    let ask = |film, params, name| submitted(&cluster, Submission { film, params, name });
    let bad = "-c:v libx264 -pix_fmt nosuch";
    let refused = ask(&small, bad, "a.mp4").await;
    assert!(refused.contains("ffmpeg refuses the parameters") && refused.contains("nosuch"), "{refused}");
    assert_eq!(ask(&small, bad, "a.mp4").await, refused);
    // The film without the title is taken, also where it comes in between.
    let x264 = "-c:v libx264";
    assert_eq!(ask(&small, x264, "a.ts").await, "");
    let refused = ask(&titled, x264, "a.ts").await;
    assert!(refused.contains("255 bytes"), "{refused}");
    assert_eq!(ask(&small, x264, "a.ts").await, "");
    assert_eq!(ask(&titled, x264, "a.ts").await, refused);
    let rows = "-c:v cfhd -vf scale=64:44";
    let refused = ask(&small, rows, "a.mov").await;
    assert!(refused.contains("remaining rows"), "{refused}");
    assert_eq!(ask(&small, rows, "a.mov").await, refused);
    let work = cluster.work().join("tried");
    assert_eq!(std::fs::read_dir(work).unwrap().count(), 2, "of the two runs that gave frames");
    assert_eq!(started(cluster), [1, 0, 2, 1, 0, 1, 1, 0]);
}
