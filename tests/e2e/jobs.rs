//! The life of a job as its submitter sees it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use ffmpeg_cluster_common::ids::LeaseId;
use harness::cluster::Cluster;
use harness::films::film;
use harness::judge;
use harness::log::PATIENCE;
use harness::person::Person;
use harness::poll::{OFTEN, SOON, comes};
use harness::processes::running_in;
use serde_json::{Value, json};

use crate::fake_tools::fake_ffmpeg;

/// Slow enough that things can happen to it, on any machine.
const SLOW: &str = "-c:v libx264 -preset veryslow -x264-params subme=11:me=tesa:merange=64:ref=16";

/// Those of this cluster: other tests encode like this at the same time.
fn encoders_running(cluster: &Cluster) -> usize {
    running_in(cluster.scratch.path()).iter().filter(|one| one.command.contains("me=tesa")).count()
}

/// The folders of leases that a client has, measurements among them.
fn lease_folders(cluster: &Cluster, client: usize) -> Vec<PathBuf> {
    let inside =
        |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    let identities = inside(cluster.scratch.path().join(format!("client{client}/client")));
    let all = identities.flat_map(|of| inside(of.clone()).chain(inside(of.join("benchmark"))));
    let is_lease = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let lease = name.strip_prefix("segment_").unwrap_or(&name);
        lease.parse::<LeaseId>().is_ok()
    };
    all.filter(is_lease).collect()
}

#[tokio::test]
async fn a_job_waits_for_its_clients_and_says_how_many_are_missing() {
    let mut cluster = Cluster::new().clients(1).with(&["--required-clients", "2"]).start();
    let source = film("half-second.mp4");
    let job = cluster.ask.submit(&source, Value::Null).await;
    let status = cluster.ask.until(&job, "waited", |s| s["status"] == "WaitingForClients").await;
    assert!(status["output_url"].is_null() && status["completed_at"].is_null(), "{status}");
    let one = |e: &Value| e["explain"][0].as_str().is_some_and(|text| text.contains("1 more client"));
    let path = format!("/api/v1/jobs/{job}/explain");
    cluster.ask.get_until(&path, one).await;
    cluster.add_client();
    let status = cluster.ask.completed(&job).await;
    assert_eq!(status["progress"], 100.0);
}

#[tokio::test]
async fn cancel_stops_every_encoder_within_two_seconds_and_frees_the_space() {
    let cluster = Cluster::new().clients(2).start();
    let job = cluster
        .ask
        .submit(&film("medium.mp4"), json!({"ffmpeg_params": SLOW, "file_name_output": "x.mp4"}))
        .await;
    // A client takes the next lease while it encodes the first; the first one's folder is that of an encoder.
    let busy = || encoders_running(&cluster) >= 2 && (0..2).all(|n| !lease_folders(&cluster, n).is_empty());
    assert!(comes(OFTEN, PATIENCE, busy), "two clients encode:\n{}", cluster.server.log.text());
    let began = Instant::now();
    let reply = cluster.ask.command(json!({"CancelJob": {"job_id": job}})).await;
    assert_eq!(reply["JobStatus"]["status"], "Cancelled", "{reply}");
    let left = |seconds| Duration::from_secs(seconds).saturating_sub(began.elapsed());
    assert!(comes(SOON, left(2), || encoders_running(&cluster) == 0), "ffmpeg runs on after the cancel");
    for number in 0..2 {
        cluster.clients[number].log.wait("dropped");
        let is_clean = || lease_folders(&cluster, number).is_empty();
        let kept = || lease_folders(&cluster, number);
        assert!(comes(SOON, left(4), is_clean), "client {number} keeps {:?}", kept());
    }
    let segments = cluster.work().join("server").join(&job).join("segments");
    let gone = |_: &Value| !segments.exists();
    cluster.ask.until(&job, "was cleaned", gone).await;
    let again = cluster.ask.raw(&json!({"CancelJob": {"job_id": job}}).to_string()).await;
    assert_eq!((again.0, &again.1["Error"]["code"]), (409, &json!("JOB_FINISHED")), "{}", again.1);
}

#[tokio::test]
async fn the_proof_is_kept_with_the_job_and_results_do_not_overwrite_each_other() {
    let cluster = Cluster::new().clients(2).start();
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
    let cluster = Cluster::new().clients(1).start();
    let config = json!({"ffmpeg_params": "-c:v libx264 -preset ultrafast", "file_name_output": "x.mp4"});
    let job = cluster.ask.submit(&film("two-audio.mkv"), config).await;
    let status = cluster.ask.completed(&job).await;
    let dropped = status["report"]["streams_dropped"].to_string();
    assert!(dropped.contains("attachment"), "{:#}", status["report"]);
}

/// Its only client passes its trials and fails at every film.
#[tokio::test]
async fn a_segment_that_no_encoder_can_make_fails_its_job_with_the_encoders_words() {
    let flags = ["--required-clients", "1", "--max-retries", "2", "--retry-delay", "0"];
    let mut cluster = Cluster::new().with(&flags).start();
    let tools = fake_ffmpeg(cluster.scratch.path(), "http", "echo 'fake: no films today' >&2; exit 7");
    cluster.add_client_with(&["--ffmpeg-dir", &tools]);
    let job = cluster.ask.submit(&film("half-second.mp4"), Value::Null).await;
    let status = cluster.ask.ended(&job).await;
    assert_eq!(status["status"], "Failed", "{status:#}");
    let error = status["error"].as_str().unwrap_or_default();
    assert!(error.contains("fake: no films today"), "{status:#}");
    assert!(status["output_url"].is_null(), "{status:#}");
}

/// Its header promises a film, and a quarter of its bytes are gone: it comes back as a decoder sees it.
#[tokio::test]
async fn a_film_with_a_hole_comes_back_as_it_decodes() {
    let cluster = Cluster::new().clients(1).start();
    let source = cluster.scratch.path().join("holed.mkv");
    let mut bytes = std::fs::read(film("medium.mkv")).unwrap();
    let (from, to) = (bytes.len() / 4, bytes.len() / 2);
    bytes[from..to].fill(0);
    std::fs::write(&source, bytes).unwrap();
    let job = cluster.ask.submit(&source, Value::Null).await;
    cluster.judged(&job, &source).await;
}

#[tokio::test]
async fn clients_are_listed_with_what_they_are_and_can_be_sent_away() {
    let mut cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    cluster.add_client_with(&["--name", "c1"]);
    cluster.server.log.wait("client connected");
    let is_ready = |all: &Value| {
        let line = &all["items"][0];
        line["status"] == "Idle" && line["encoders"].to_string().contains("ffv1")
    };
    let client = cluster.ask.get_until("/api/v1/clients", is_ready).await["items"][0].clone();
    let positive = |name: &str| client[name].as_u64().is_some_and(|number| number > 0);
    assert!(positive("cores") && positive("memory_bytes"), "{client}");
    // By its name, however short; of an identity's beginning, three letters name nothing.
    let id = client["client_id"].as_str().unwrap();
    let (_, named) = cluster.ask.get("/api/v1/clients/c1").await;
    assert_eq!(named["client_id"], id, "{named}");
    let short = cluster.ask.command(json!({"DisconnectClient": {"client_id": id[..3]}})).await;
    assert_eq!(short["Error"]["code"], "CLIENT_NOT_FOUND", "{short}");
    let reply = cluster.ask.command(json!({"DisconnectClient": {"client_id": "c1"}})).await;
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
    let strict = Cluster::new().with(&["--required-clients", "1"]).start();
    let (status, reply) = strict.ask.raw(&request).await;
    assert_eq!((status, &reply["Error"]["code"]), (400, &json!("INVALID_PARAMETERS")), "{reply}");

    let allowing = ["--required-clients", "1", "--max-retries", "1", "--allow-option", "dia_size"];
    let mut cluster = Cluster::new().with(&allowing).start();
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

/// The server waits for three, and two machines are all there are.
#[tokio::test]
async fn a_job_that_waits_is_started_with_fewer_clients_by_one_command() {
    let mut cluster = Cluster::new().clients(1).with(&["--required-clients", "3"]).start();
    cluster.server.log.wait("a job begins when 3 clients are connected");
    let job = cluster.ask.submit(&film("half-second.mp4"), json!({})).await;
    let waits = |status: &Value| {
        let doing = status["doing"].as_str().unwrap_or_default();
        doing.contains("waiting for 2 more clients") && doing.contains("`start JOB`")
    };
    cluster.ask.until(&job, "waits for two more", waits).await;
    // What was asked for is remembered.
    cluster.restart_server();
    let (well, text) = Person::of(&cluster).said(&format!("start {job}"));
    assert!(well && text.contains(&job), "{text}");
    cluster.ask.completed(&job).await;
    let (well, text) = Person::of(&cluster).said(&format!("start {job}"));
    assert!(!well && text.contains("JOB_FINISHED"), "{text}");
}
