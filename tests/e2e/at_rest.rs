//! Kept pieces whose bytes change on the server's disk before they are joined.

use std::path::{Path, PathBuf};

use harness::cluster::{Cluster, Scratch};
use harness::films::film;
use serde_json::json;

use crate::fake_tools::fake_ffmpeg;

fn pieces(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| if path.is_dir() { pieces(&path) } else { vec![path] };
    entries.flat_map(below).filter(|path| path.extension().is_some_and(|suffix| suffix == "piece")).collect()
}

/// Thirty bytes of one picture were changed: Completed, without a warning, whatever was verified.
#[tokio::test]
async fn a_piece_that_changed_on_the_disk_is_not_joined() {
    for verify in ["fast", "full"] {
        let mut cluster = Cluster::new().clients(1).encode("-c:v libx264", ".mkv").start();
        cluster.restart_server_with(&[("FFMPEG_CLUSTER_CRASH", "server.join.begun")]);
        cluster.server.log.wait("listening on");
        let config = json!({"verify": verify});
        let film = film("half-second.mp4");
        cluster.ask.try_command(json!({"ProcessLocalFile": {"file_path": film, "config": config}})).await;
        cluster.server.end();
        let all = pieces(&cluster.work().join("server"));
        let largest = all.iter().max_by_key(|path| path.metadata().unwrap().len()).expect("it was kept");
        let mut bytes = std::fs::read(largest).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 30].iter_mut().for_each(|byte| *byte ^= 0x5A);
        std::fs::write(largest, bytes).unwrap();
        cluster.restart_server();
        cluster.server.log.wait("listening on");
        let jobs = cluster.ask.command(json!("ListJobs")).await["JobsList"].clone();
        let status = cluster.ask.ended(jobs[0]["job_id"].as_str().unwrap()).await;
        assert_eq!(status["status"], "Failed", "{verify}: {status}");
        let error = status["error"].as_str().unwrap();
        assert!(error.contains("changed on the server's disk since it was kept"), "{error}");
        cluster.leaves_nothing().await;
    }
}

/// An ffmpeg whose join damages what it copies, of one picture or of many.
fn damaging(folder: &Path, amount: &str) -> String {
    let insert = format!(
        "n=$#; for word; do shift; n=$((n - 1)); [ $n = 0 ] && set -- \"$@\" -bsf:v \"noise=amount={amount}\"; \
         set -- \"$@\" \"$word\"; done; exec ffmpeg \"$@\""
    );
    fake_ffmpeg(folder, "pieces.ffconcat", &insert)
}

/// What is damaged behind the last digest shows when the result is decoded: `fast` does so around each seam, `full` everywhere.
#[tokio::test]
async fn a_result_that_does_not_decode_cleanly_is_not_done() {
    for (verify, amount) in [("fast", "200"), ("full", "eq(n\\,12)*20")] {
        let scratch = Scratch::new();
        let tools = damaging(scratch.path(), amount);
        let setup = Cluster::new().clients(1).encode("-c:v libx264", ".mkv").with(&["--ffmpeg-dir", &tools]);
        let cluster = setup.start_in(scratch);
        let job = cluster.ask.submit(&film("medium.mkv"), json!({"verify": verify})).await;
        let status = cluster.ask.ended(&job).await;
        let error = status["error"].as_str().unwrap_or_default();
        assert!(
            status["status"] == "Failed" && error.contains("does not decode cleanly"),
            "{verify}: {status}"
        );
        cluster.leaves_nothing().await;
    }
}
