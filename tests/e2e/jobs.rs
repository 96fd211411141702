//! The life of a job as its submitter sees it.

use std::time::{Duration, Instant};

use harness::cluster::{Cluster, Setup};
use harness::films::film;
use harness::judge;
use serde_json::{Value, json};

/// Slow enough that things can happen to it, on any machine.
const SLOW: &str = "-c:v libx264 -preset veryslow -x264-params subme=11:me=tesa:merange=64:ref=16";

fn encoders_running() -> usize {
    let all = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    all.filter(|p| std::fs::read_to_string(p.path().join("cmdline")).is_ok_and(|c| c.contains("me=tesa")))
        .count()
}

#[tokio::test]
async fn a_job_waits_for_its_clients_and_says_how_many_are_missing() {
    let mut cluster = Cluster::start(Setup::lossless(1).with(&["--required-clients", "2"]));
    let source = film("half-second.mp4");
    let job = cluster.ask.submit(&source, Value::Null).await;
    let status = cluster.ask.until(&job, "waited", |s| s["status"] == "WaitingForClients").await;
    assert!(status["output_url"].is_null() && status["completed_at"].is_null(), "{status}");
    let one =
        |(_, e): &(u16, Value)| e["explain"][0].as_str().is_some_and(|text| text.contains("1 more client"));
    let path = format!("/api/v1/jobs/{job}/explain");
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut explained = cluster.ask.get(&path).await;
    while !one(&explained) && Instant::now() < deadline {
        explained = cluster.ask.get(&path).await;
    }
    assert!(one(&explained), "{}", explained.1);
    cluster.add_client();
    let status = cluster.ask.completed(&job).await;
    assert_eq!(status["progress"], 100.0);
}

#[tokio::test]
async fn cancel_stops_every_encoder_within_two_seconds_and_frees_the_space() {
    let cluster = Cluster::start(Setup::lossless(2));
    let job = cluster
        .ask
        .submit(&film("medium.mp4"), json!({"ffmpeg_params": SLOW, "file_name_output": "x.mp4"}))
        .await;
    cluster.ask.until(&job, "encoded", |_| encoders_running() > 0).await;
    cluster.clients.iter().for_each(|client| drop(client.log.wait("took ")));
    let began = Instant::now();
    let reply = cluster.ask.command(json!({"CancelJob": {"job_id": job}})).await;
    assert_eq!(reply["JobStatus"]["status"], "Cancelled", "{reply}");
    while encoders_running() > 0 {
        assert!(began.elapsed() < Duration::from_secs(2), "ffmpeg runs on after the cancel");
    }
    for number in 0..2 {
        cluster.clients[number].log.wait("dropped");
        let work = cluster.scratch.path().join(format!("client{number}"));
        while !segment_folders(&work).is_empty() {
            assert!(
                began.elapsed() < Duration::from_secs(4),
                "client {number} keeps {:?}",
                segment_folders(&work)
            );
        }
    }
    let segments = cluster.work().join("server").join(&job).join("segments");
    let gone = |_: &Value| !segments.exists();
    cluster.ask.until(&job, "was cleaned", gone).await;
    let again = cluster.ask.raw(&json!({"CancelJob": {"job_id": job}}).to_string()).await;
    assert_eq!((again.0, &again.1["Error"]["code"]), (409, &json!("JOB_FINISHED")), "{}", again.1);
}

fn segment_folders(work: &std::path::Path) -> Vec<std::path::PathBuf> {
    let clients = std::fs::read_dir(work.join("client")).into_iter().flatten().filter_map(Result::ok);
    let inside =
        clients.flat_map(|c| std::fs::read_dir(c.path()).into_iter().flatten().filter_map(Result::ok));
    inside.map(|e| e.path()).filter(|p| p.display().to_string().contains("segment_")).collect()
}

#[tokio::test]
async fn the_proof_is_kept_with_the_job_and_results_do_not_overwrite_each_other() {
    let cluster = Cluster::start(Setup::lossless(2));
    let source = film("two-audio.mkv");
    let (first, second) =
        (cluster.ask.submit(&source, Value::Null).await, cluster.ask.submit(&source, Value::Null).await);
    for job in [&first, &second] {
        let status = cluster.ask.completed(job).await;
        let report = &status["report"];
        assert_eq!(report["frames_source"], report["frames_result"], "{report:#}");
        assert!(report["time_error_max_ms"].as_f64().unwrap() <= 1.0, "{report:#}");
        assert!(report["streams_kept"].as_array().unwrap().len() >= 6, "{report:#}");
        assert!(!report["encoded_by"].as_array().unwrap().is_empty(), "{report:#}");
        assert_eq!(status["output_url"], format!("/api/v1/jobs/{job}/result"));
        let to = cluster.scratch.path().join(format!("{job}.mkv"));
        cluster.ask.fetch(status["output_url"].as_str().unwrap(), &to).await;
        judge::same_film(&source, &to, true, 1.1);
    }
    let jobs = cluster.ask.command(json!({"ListJobs": null})).await;
    assert_eq!(jobs["JobsList"].as_array().unwrap().len(), 2, "{jobs}");
}

#[tokio::test]
async fn what_the_container_can_not_hold_is_named() {
    let cluster = Cluster::start(Setup::lossless(1));
    let config = json!({"ffmpeg_params": "-c:v libx264 -preset ultrafast", "file_name_output": "x.mp4"});
    let job = cluster.ask.submit(&film("two-audio.mkv"), config).await;
    let status = cluster.ask.completed(&job).await;
    let dropped = status["report"]["streams_dropped"].to_string();
    assert!(dropped.contains("attachment"), "{:#}", status["report"]);
}

#[tokio::test]
async fn a_segment_that_no_encoder_can_make_fails_its_job_with_the_encoders_words() {
    let cluster = Cluster::start(Setup::lossless(1).with(&["--max-retries", "2", "--retry-delay", "0"]));
    let source = cluster.scratch.path().join("cut.mkv");
    // The header promises a film; most of its bytes are gone, so the frames can't be made.
    let whole = std::fs::read(film("medium.mkv")).unwrap();
    let mut holed = whole.clone();
    let (from, to) = (whole.len() / 4, whole.len() / 2);
    holed[from..to].fill(0);
    std::fs::write(&source, holed).unwrap();
    let config = json!({"ffmpeg_params": "-c:v libx264 -preset ultrafast -x264-params level=1.0:bogus=1"});
    let refused = cluster
        .ask
        .raw(&json!({"ProcessLocalFile": {"file_path": source, "config": config}}).to_string())
        .await;
    assert_eq!(refused.1["Error"]["code"], "INVALID_PARAMETERS", "{}", refused.1);
    // Whatever becomes of a damaged source, it ends, and never with a wrong number of frames called done.
    let job = cluster.ask.submit(&source, Value::Null).await;
    let status = cluster.ask.ended(&job).await;
    if status["status"] == "Completed" {
        let to = cluster.scratch.path().join("out.mkv");
        cluster.ask.fetch(status["output_url"].as_str().unwrap(), &to).await;
        judge::same_film(&source, &to, true, 1.1);
    } else {
        let error = status["error"].as_str().unwrap();
        assert!(error.contains("frame"), "{error}");
    }
}

#[tokio::test]
async fn clients_are_listed_with_what_they_are_and_can_be_sent_away() {
    let cluster = Cluster::start(Setup::lossless(1));
    cluster.server.log.wait("client connected");
    let clients = loop {
        let reply = cluster.ask.command(json!("ListClients")).await;
        let line = reply["ClientsList"][0].clone();
        if line["status"] == "Idle" && line["encoders"].to_string().contains("ffv1") {
            break line;
        }
    };
    assert!(
        clients["cores"].as_u64().unwrap() > 0 && clients["memory_bytes"].as_u64().unwrap() > 0,
        "{clients}"
    );
    let id = clients["client_id"].as_str().unwrap();
    let reply = cluster.ask.command(json!({"DisconnectClient": {"client_id": id}})).await;
    assert!(reply.get("Error").is_none(), "{reply}");
    cluster.server.log.wait("client gone");
}

/// Beyond the tables: with leave of server and clients, and not with that of one of them.
#[tokio::test]
async fn an_option_that_nobody_knows_needs_leave_on_both_sides() {
    const PARAMS: &str = "-c:v libx264 -qp 0 -OPTION 2";
    let params = PARAMS.replace("OPTION", "dia_size");
    let config = json!({"ffmpeg_params": params, "file_name_output": "x.mp4"});
    let source = film("half-second.mp4");
    let request = json!({"ProcessLocalFile": {"file_path": source, "config": config}}).to_string();
    let strict = Cluster::start(Setup::lossless(0).with(&["--required-clients", "1"]));
    let (status, reply) = strict.ask.raw(&request).await;
    assert_eq!((status, &reply["Error"]["code"]), (400, &json!("INVALID_PARAMETERS")), "{reply}");

    let allowing = ["--required-clients", "1", "--max-retries", "1", "--allow-option", "dia_size"];
    let mut cluster = Cluster::start(Setup::lossless(0).with(&allowing));
    cluster.server.log.wait("--allow-option: ");
    cluster.add_client();
    let job = cluster.ask.submit(&source, config.clone()).await;
    let failed = cluster.ask.ended(&job).await;
    assert_eq!(failed["status"], "Failed", "{failed}");
    assert!(failed["error"].as_str().is_some_and(|error| error.contains("dia_size")), "{failed}");
    cluster.restart_client_with(0, &["--allow-option", "dia_size"], &[]);
    let job = cluster.ask.submit(&source, config).await;
    cluster.ask.completed(&job).await;
}
