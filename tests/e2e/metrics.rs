//! What `/metrics` prints, after a real job, is what the alerts and the board ask for.

#![allow(clippy::print_stdout, reason = "says what was not checked")]

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use harness::cluster::Cluster;
use harness::films::film;
use serde_json::Value;

/// All names in a text that are ours, as they are asked for.
fn names(text: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let begins = text.match_indices("ffcluster_").map(|(at, _)| &text[at..]);
    begins.map(|rest| &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())]).collect()
}

fn packaged(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging").join(path)).unwrap()
}

fn value(text: &str, sample: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("there is no {sample}: {text}")).parse().unwrap()
}

#[tokio::test]
async fn alerts_and_board_ask_for_what_a_server_prints_after_a_job() {
    let mut cluster = Cluster::new().clients(1).start();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = cluster.ask.url("/metrics");
    let read = async || http.get(&url).send().await.unwrap().text().await.unwrap();
    let before = read().await;
    let job = cluster.ask.submit(&film("half-second.mp4"), Value::Null).await;
    let status = cluster.ask.completed(&job).await;
    let to = cluster.scratch.path().join("out.mkv");
    cluster.ask.fetch(status["output_url"].as_str().unwrap(), &to).await;
    let after = read().await;

    let grown = |sample: &str| value(&after, sample) - value(&before, sample);
    assert_eq!(grown("ffcluster_jobs_ended_total{outcome=\"completed\"}"), 1.0);
    assert!(grown("ffcluster_segments_total{outcome=\"kept\"}") >= 1.0);
    for spread in ["segment_encode", "queue_wait", "job", "join"] {
        assert!(grown(&format!("ffcluster_{spread}_seconds_count")) >= 1.0, "{spread}");
    }
    assert!(grown("ffcluster_events_seq") > 4.0);
    let frames = status["proof"]["frames_result"].as_f64();
    let kept = value(&after, "ffcluster_frames_kept_total{encoder=\"ffv1\"}");
    assert!(kept > 0.0 && frames.is_none_or(|frames| frames == kept), "{kept} of {frames:?} frames");
    let result = std::fs::metadata(&to).unwrap().len() as f64;
    assert_eq!(value(&after, "ffcluster_bytes_total{what=\"result\",way=\"out\"}"), result);
    assert!(value(&after, "ffcluster_bytes_total{what=\"piece\",way=\"in\"}") > 0.0);

    let printed = names(&after);
    for file in ["prometheus/alerts.yml", "grafana/ffmpeg-cluster.json"] {
        let text = packaged(file);
        let unknown: Vec<_> = names(&text).difference(&printed).copied().collect();
        assert!(unknown.is_empty() && !names(&text).is_empty(), "{file} asks for {unknown:?}");
    }
    let series = after.lines().filter(|line| !line.starts_with('#')).count();
    println!("{series} series after one job with one client");
    check(&after);
    cluster.kill_server();
}

/// By Prometheus itself, where it is.
fn check(text: &str) {
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut judge) = promtool.spawn() else {
        return println!("the text of /metrics: NOT CHECKED, promtool is not here");
    };
    judge.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let said = judge.wait_with_output().unwrap();
    let words = [said.stdout, said.stderr].concat();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&words));
}
