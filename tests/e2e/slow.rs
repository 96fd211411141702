//! Clients that are late, that fail everything, and that finish what they have.

use std::time::Duration;

use harness::cluster::Cluster;
use harness::films::film;
use harness::processes::wait_for_child;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::fake_tools::fake_ffmpeg;

/// The encoder of one client stands still. It would be killed after a minute; a helper is there much sooner.
#[tokio::test]
async fn a_late_segment_is_made_by_an_idle_client_too() {
    let cluster = Cluster::new().clients(2).encode("-c:v ffv1 -an", ".mkv").start();
    let source = film("medium.mkv");
    let first = cluster.ask.submit(&source, Value::Null).await;
    cluster.ask.completed(&first).await;
    let job = cluster.ask.submit(&source, Value::Null).await;
    let slow = &cluster.clients[0];
    let is_encoder = |process: &harness::processes::Process| process.command.contains("ffv1");
    slow.log.wait_nth("took frames", slow.log.count("took frames") + 1);
    let encoder = wait_for_child(cluster.scratch.path(), slow.pid(), is_encoder, Duration::from_secs(20));
    let encoder = Pid::from_raw(encoder.pid.cast_signed()).unwrap();
    kill_process(encoder, Signal::STOP).unwrap();
    let status = cluster.ask.completed(&job).await;
    assert_eq!(status["report"]["frames_result"], status["report"]["frames_source"]);
    // The client may hear of it after people see the job done.
    slow.log.wait("another client sent the same frames first");
    assert_eq!(cluster.server.log.count("lost frames"), 0, "nobody failed");
}

#[tokio::test]
async fn a_client_that_fails_everything_is_set_aside_and_shown() {
    let mut cluster = Cluster::new().with(&["--required-clients", "2"]).start();
    // It passes its trials, and fails at every film.
    let tools = fake_ffmpeg(cluster.scratch.path(), "http", "echo 'fake: no films today' >&2; exit 7");
    cluster.add_client_with(&["--name", "good"]);
    cluster.add_client_with(&["--name", "bad", "--ffmpeg-dir", &tools]);
    let source = film("rate-2997.mp4");
    let mut jobs = Vec::new();
    for _ in 0..3 {
        jobs.push(cluster.ask.submit(&source, Value::Null).await);
    }
    cluster.server.log.wait("client set aside, because everything fails on it");
    let (_, clients) = cluster.ask.get("/api/v1/clients").await;
    let all = clients["items"].as_array().unwrap();
    let aside = |name: &str| all.iter().find(|one| one["name"] == name).unwrap()["set_aside"].clone();
    assert!(aside("bad").as_str().unwrap_or_default().contains("on trial in"), "{clients:#}");
    assert_eq!(aside("good"), Value::Null);
    for job in &jobs {
        cluster.judged(job, &source).await;
    }
}

#[tokio::test]
async fn a_client_that_drains_finishes_its_segment_first() {
    let mut cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    cluster.add_client_with(&["--drain"]);
    let source = film("medium.mkv");
    let job = cluster.ask.submit(&source, Value::Null).await;
    cluster.clients[0].log.wait("took frames");
    cluster.clients[0].signal(Signal::TERM);
    assert!(cluster.clients[0].end().success());
    let said = cluster.clients[0].text_at_end();
    let leaving = said.split("finishing the segments that are being encoded").nth(1).expect("it says so");
    assert!(leaving.contains("kept by the server") && !leaving.contains("took frames"), "{said}");
    assert_eq!(cluster.server.log.count("lost frames"), 0);
    cluster.add_client();
    cluster.judged(&job, &source).await;
}
