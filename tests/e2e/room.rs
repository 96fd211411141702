//! Disks that fill: everything waits, nothing is torn, and it goes on by itself when there is room.

use std::process::Command;

use harness::cluster::{Cluster, Scratch};
use harness::encodes::Encodes;
use harness::films::film;
use harness::judge;
use harness::person::Person;
use harness::small_disk::SmallDisk;
use rustix::process::Signal;
use serde_json::{Value, json};

/// Of the server. A lossless result of our film and its pieces take some 80.
const MEGABYTES: u32 = 160;

fn is_possible(test: &str) -> bool {
    let scratch = Scratch::new();
    match SmallDisk::mount(&scratch.path().join("probe"), 1) {
        Ok(_) => true,
        Err(why) => {
            judge::not_checked(test, &why);
            false
        }
    }
}

#[tokio::test]
async fn a_server_without_room_hands_nothing_out_and_goes_on_when_there_is_some() {
    if !is_possible("a server without room") {
        return;
    }
    let mut cluster = Cluster::new().clients(1).disk(Some(MEGABYTES)).start();
    cluster.disk.as_ref().unwrap().fill_but(8 << 20);
    cluster.restart_server();
    let source = film("half-second.mp4");
    let job = cluster.ask.submit(&source, Value::Null).await;
    let says = |s: &Value| s["doing"].as_str().is_some_and(|doing| doing.contains("disk is full: "));
    cluster.ask.until(&job, "says that its disk is full", says).await;
    assert_eq!(cluster.server.log.count("leased frames"), 0);
    cluster.disk.as_ref().unwrap().free();
    cluster.judged(&job, &source).await;
}

#[tokio::test]
async fn a_disk_that_fills_in_the_middle_of_a_job_costs_time_and_no_piece() {
    if !is_possible("a disk that fills in the middle of a job") {
        return;
    }
    let cluster = Cluster::new().clients(2).disk(Some(MEGABYTES)).start();
    let source = film("medium.mkv");
    let job = cluster.ask.submit(&source, Value::Null).await;
    cluster.server.log.wait("piece kept");
    let disk = cluster.disk.as_ref().unwrap();
    disk.fill();
    // A client is told, the database can't be written, or no more is handed out: whichever comes first.
    let told = || {
        let by_server = cluster.server.log.count("is full");
        by_server + cluster.clients.iter().map(|client| client.log.count("507")).sum::<usize>()
    };
    let stopped =
        |s: &Value| told() > 0 || s["doing"].as_str().is_some_and(|doing| doing.contains("disk is full"));
    cluster.ask.until(&job, "is stopped by the full disk", stopped).await;
    disk.free();
    cluster.judged(&job, &source).await;
    let logs: Vec<_> = cluster.clients.iter().map(|client| client.log.clone()).collect();
    Encodes::read(std::slice::from_ref(&cluster.server.log), &logs).assert_none_after_it_was_kept();
    assert_eq!(cluster.server.log.count("code=EncoderFailed"), 0, "nobody is to blame");
}

#[tokio::test]
async fn a_client_without_room_is_spared_and_costs_no_attempt() {
    if !is_possible("a client without room") {
        return;
    }
    let setup = Cluster::new().encode("-c:v ffv1 -an", ".mkv");
    let mut cluster = setup.with(&["--required-clients", "1", "--max-retries", "1"]).start();
    let disk = SmallDisk::mount(&cluster.scratch.path().join("client0"), MEGABYTES).unwrap();
    let client = cluster.add_client_on(&disk);
    cluster.server.log.wait("client connected");
    let source = film("medium.mkv");
    let job = cluster.ask.submit(&source, Value::Null).await;
    cluster.clients[client].log.wait("took frames");
    disk.fill();
    cluster.server.log.wait("code=DiskFull");
    // One attempt is all that this job has, and it still has it.
    disk.free();
    let status = cluster.ask.completed(&job).await;
    assert_eq!(status["report"]["frames_result"], status["report"]["frames_source"]);
}

#[tokio::test]
async fn a_source_that_vanishes_fails_its_job_by_name() {
    let mut cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let source = cluster.scratch.path().join("short.mkv");
    std::fs::copy(film("medium.mkv"), &source).unwrap();
    let job = cluster.ask.submit(&source, Value::Null).await;
    cluster.server.log.wait("source indexed");
    std::fs::remove_file(&source).unwrap();
    cluster.add_client();
    let failed = cluster.ask.ended(&job).await;
    let error = failed["error"].as_str().unwrap_or_default();
    assert_eq!(failed["status"], "Failed");
    assert!(error.contains("short.mkv"), "{error}");
}

#[tokio::test]
async fn a_source_that_changes_fails_its_job_by_name() {
    let mut cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let source = cluster.scratch.path().join("short.mkv");
    std::fs::copy(film("medium.mkv"), &source).unwrap();
    let job = cluster.ask.submit(&source, json!({})).await;
    cluster.server.log.wait("source indexed");
    std::fs::copy(film("two-audio.mkv"), &source).unwrap();
    cluster.add_client();
    let failed = cluster.ask.ended(&job).await;
    let error = failed["error"].as_str().unwrap_or_default();
    assert!(error.contains("short.mkv") && error.contains("changed"), "{error}");
    assert!(Command::new("ffprobe").args(["-v", "error"]).arg(&source).status().unwrap().success());
}

/// `submit` was silent for 90 s, said that nobody answered, and made a job all the same; one signal did not end the server.
#[tokio::test]
async fn on_a_full_disk_a_film_is_refused_at_once_and_one_signal_ends_the_server() {
    if !is_possible("a film for a server whose disk is full") {
        return;
    }
    let mut cluster = Cluster::new().with(&["--required-clients", "1"]).disk(Some(MEGABYTES)).start();
    assert_eq!(cluster.ask.get("/healthz").await.0, 200);
    let waits = cluster.ask.submit(&film("half-second.mp4"), Value::Null).await;
    // What the index leaves behind and removes would be room again.
    cluster.server.log.wait("source indexed");
    cluster.disk.as_ref().unwrap().fill();
    let (status, health) = cluster.ask.get("/healthz").await;
    assert!(status == 503 && health["status"] == "disk full", "{health}");
    let (well, text) = Person::of(&cluster).said(&format!("submit {}", film("half-second.mp4").display()));
    assert!(!well && text.contains("DISK_FULL") && text.contains("make room on the disk of"), "{text}");
    // A commit that waits for room holds up no end.
    let log = cluster.server.log.clone();
    let waited = tokio::task::spawn_blocking(move || log.wait("everything waits until space is free"));
    tokio::select! {
        reply = cluster.ask.try_command(json!({"CancelJob": {"job_id": waits}})) => panic!("it was written: {reply:?}"),
        line = waited => drop(line.unwrap()),
    }
    cluster.server.signal(Signal::TERM);
    assert_eq!(cluster.server.end().code(), Some(0), "{}", cluster.server.log.text());
    cluster.disk.as_ref().unwrap().free();
    cluster.restart_server();
    let jobs = cluster.ask.command(json!("ListJobs")).await;
    assert_eq!(jobs["JobsList"].as_array().unwrap().len(), 1, "{jobs}");
}
