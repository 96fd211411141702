//! How the two programs end: killed, they leave nothing running; asked, they end soon and well.
//!
//! `KILLS=100` kills more often.

use std::time::{Duration, Instant};

use harness::cluster::{Cluster, Running, Scratch};
use harness::films::film;
use harness::log::PATIENCE;
use harness::processes::{assert_no_orphan, child_within, wait_for_child};
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::fake_tools::fake_ffmpeg;

/// The real ffmpeg notices sooner or later that nobody listens any more.
const HANGS: &str = "exec sleep 600";

/// Slow enough to be killed in, on any machine.
const SLOW: &str = "-c:v libx264 -preset veryslow -x264-params subme=11:me=tesa:merange=64:ref=16";
/// The system takes a moment to carry out a kill.
const SOON: Duration = Duration::from_secs(8);

fn kills() -> usize {
    std::env::var("KILLS").map_or(3, |text| text.parse().expect("KILLS is a number"))
}

async fn slow_job(cluster: &Cluster) -> String {
    let config = json!({"ffmpeg_params": SLOW, "file_name_output": "x.mp4"});
    cluster.ask.submit(&film("medium.mp4"), config).await
}

fn living(cluster: &Cluster) -> Vec<u32> {
    cluster.clients.iter().chain([&cluster.server]).map(Running::pid).collect()
}

#[tokio::test]
async fn no_encoder_outlives_a_killed_client() {
    let flags = ["--required-clients", "1", "--max-retries", "1000", "--retry-delay", "0"];
    let mut cluster = Cluster::new().with(&flags).start();
    let folder = cluster.scratch.path().to_owned();
    let tools = fake_ffmpeg(&folder, "me=tesa", HANGS);
    cluster.add_client_with(&["--ffmpeg-dir", &tools]);
    slow_job(&cluster).await;
    for _ in 0..kills() {
        let client = cluster.clients[0].pid();
        let encoder = child_within(&folder, client, |child| child.command == "sleep 600 ", PATIENCE);
        let said = || format!("{}\n{}", cluster.server.log.text(), cluster.clients[0].log.text());
        assert!(encoder.is_some(), "nothing is encoded:\n{}", said());
        cluster.clients[0].kill();
        assert_no_orphan(&folder, &living(&cluster), SOON);
        cluster.restart_client_with(0, &["--ffmpeg-dir", &tools], &[]);
    }
}

#[tokio::test]
async fn nothing_outlives_a_killed_server() {
    let scratch = Scratch::new();
    let folder = scratch.path().to_owned();
    let tools = fake_ffmpeg(&folder, "reinit_filter", HANGS);
    let flags = ["--required-clients", "1", "--ffmpeg-dir", &tools];
    let mut cluster = Cluster::new().with(&flags).start_in(scratch);
    for _ in 0..kills() {
        // Listed by decoding every frame, which begins again at the next start; a job at which the server died twice ends then.
        cluster.ask.submit(&film("medium.mkv"), json!({"damage": "strict"})).await;
        wait_for_child(&folder, cluster.server.pid(), |child| child.command == "sleep 600 ", PATIENCE);
        cluster.kill_server();
        assert_no_orphan(&folder, &[], SOON);
        cluster.restart_server();
    }
}

#[tokio::test]
async fn asked_to_stop_both_end_within_ten_seconds_and_the_job_goes_on_later() {
    let mut cluster = Cluster::new().clients(2).start();
    let job = slow_job(&cluster).await;
    let folder = cluster.scratch.path().to_owned();
    let client = cluster.clients[0].pid();
    wait_for_child(&folder, client, |child| child.command.contains("me=tesa"), PATIENCE);
    let began = Instant::now();
    cluster.clients[0].signal(Signal::TERM);
    assert_eq!(cluster.clients[0].end().code(), Some(0), "{}", cluster.clients[0].log.text());
    // It handed its lease back, so that nobody has to wait until it is missed.
    cluster.server.log.wait("client gone");
    cluster.server.signal(Signal::TERM);
    assert_eq!(cluster.server.end().code(), Some(0), "{}", cluster.server.log.text());
    assert!(began.elapsed() < Duration::from_secs(10), "it took {:?}", began.elapsed());
    assert_no_orphan(&folder, &living(&cluster), SOON);
    cluster.restart_server();
    let status = cluster.ask.status(&job).await;
    assert_ne!(status["status"], Value::from("Failed"), "{status}");
    cluster.server.log.wait("client back");
}

#[tokio::test]
async fn a_second_signal_does_not_wait() {
    let mut cluster = Cluster::new().clients(1).start();
    slow_job(&cluster).await;
    let (folder, client) = (cluster.scratch.path().to_owned(), cluster.clients[0].pid());
    wait_for_child(&folder, client, |child| child.command.contains("me=tesa"), PATIENCE);
    for (program, code) in [(&mut cluster.clients[0], 130), (&mut cluster.server, 1)] {
        program.signal(Signal::TERM);
        program.log.wait("a second signal stops at once");
        program.signal(Signal::TERM);
        assert_eq!(program.end().code(), Some(code), "{}", program.log.text());
    }
    assert_no_orphan(&folder, &[], SOON);
}
