//! Films and parameters of which the server itself would die: refused, or at worst one job fails, and the server lives on.

use std::path::Path;
use std::process::Command;

use harness::cluster::{Cluster, Running};
use harness::films::film;
use serde_json::{Value, json};

/// Four frames, the last two thirty days after the first two. Where it is written to a pipe, no header says how long it is.
fn a_month(to: &Path, through_a_pipe: bool) {
    let place = if through_a_pipe { "pipe:1".to_owned() } else { to.display().to_string() };
    let made = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25", "-frames:v", "4"])
        .args(["-vf", "setpts='if(lt(N,2),N,2590000*25+N)'", "-fps_mode", "passthrough"])
        .args(["-c:v", "libx264", "-f", "matroska", &place])
        .output()
        .unwrap();
    assert!(made.status.success());
    if through_a_pipe {
        std::fs::write(to, made.stdout).unwrap();
    }
}

async fn still_serves(cluster: &Cluster) {
    let source = film("half-second.mp4");
    let job = cluster.ask.submit(&source, Value::Null).await;
    cluster.judged(&job, &source).await;
}

/// Of 2.9 KB the server made a list of 20 GB, and died of it at each start.
#[tokio::test]
async fn a_month_between_two_frames_and_a_thousand_frames_a_second() {
    let mut cluster = Cluster::new().clients(1).start();
    let config = json!({"ffmpeg_params": "-c:v libx264 -an -r 1000"});
    let path = cluster.scratch.path().join("month.mkv");
    a_month(&path, false);
    let answer =
        cluster.ask.command(json!({"ProcessLocalFile": {"file_path": path, "config": config}})).await;
    assert_eq!(answer["Error"]["code"], "OVER_BOUND", "{answer}");
    let told = answer["Error"]["message"].as_str().unwrap();
    assert!(told.contains("frames of it, more than 8388608") && told.contains("month.mkv"), "{told}");

    a_month(&path, true);
    let job = cluster.ask.submit(&path, config).await;
    let status = cluster.ask.ended(&job).await;
    assert_eq!(status["status"], "Failed", "{status}");
    let error = status["error"].as_str().unwrap();
    assert!(error.contains("frames of it, more than 8388608") && error.contains("-ss and -t"), "{error}");
    assert!(!cluster.server.has_ended());
    still_serves(&cluster).await;
    cluster.leaves_nothing().await;
}

fn dies(server: &mut Running) {
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(server.end().signal(), Some(9), "{}", server.log.text());
}

/// The server is killed where it lists the frames, or joins; the first start after that tries once more, the second no more.
#[tokio::test]
async fn a_job_at_which_the_server_dies_twice_fails_and_the_server_lives() {
    for point in ["server.index.written", "server.join.begun"] {
        let mut cluster = Cluster::new().clients(1).start();
        let deadly = [("FFMPEG_CLUSTER_CRASH", point)];
        cluster.restart_server_with(&deadly);
        let command = json!({"ProcessLocalFile": {"file_path": film("half-second.mp4"), "config": null}});
        cluster.server.log.wait("listening on");
        cluster.ask.try_command(command).await;
        dies(&mut cluster.server);
        cluster.restart_server_with(&deadly);
        dies(&mut cluster.server);
        cluster.restart_server();
        cluster.server.log.wait("listening on");
        let jobs = cluster.ask.command(json!("ListJobs")).await["JobsList"].clone();
        let job = jobs[0]["job_id"].as_str().unwrap().to_owned();
        let status = cluster.ask.ended(&job).await;
        assert_eq!(status["status"], "Failed", "{point}: {status}");
        let error = status["error"].as_str().unwrap();
        assert!(error.contains("the server crashed 2 times during its own work on this film"), "{error}");
        still_serves(&cluster).await;
        cluster.leaves_nothing().await;
    }
}

/// A clean stop in the middle of the same work is no crash, however often.
#[tokio::test]
async fn a_job_whose_server_is_stopped_in_good_order_goes_on() {
    let mut cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let source = film("medium.mkv");
    let job = cluster.ask.submit(&source, Value::Null).await;
    for _ in 0..4 {
        cluster.server.signal(rustix::process::Signal::TERM);
        assert!(cluster.server.end().success());
        cluster.restart_server();
        cluster.server.log.wait("listening on");
    }
    assert_ne!(cluster.ask.status(&job).await["status"], "Failed");
    cluster.leaves_nothing().await;
}
