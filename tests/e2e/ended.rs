//! What people do with jobs that have ended: they try them again, and delete them.

use std::path::Path;

use harness::cluster::Cluster;
use harness::films::film;
use harness::judge;
use serde_json::{Value, json};

const UPLOADS: &str = "/api/v1/uploads";

/// The server takes an option that the client does not: each job with it fails, until the client is allowed it, too.
fn cluster() -> Cluster {
    let flags = ["--required-clients", "1", "--max-retries", "1", "--allow-option", "dia_size"];
    Cluster::new().clients(1).with(&flags).start()
}

fn config() -> Value {
    json!({"ffmpeg_params": "-c:v libx264 -qp 0 -dia_size 2 -metadata 'title=two words'",
        "file_name_output": "x.mkv", "priority": "high"})
}

fn bytes(film: &Path) -> Vec<u8> {
    std::fs::read(film).unwrap()
}

/// Uploads a film and waits until its job has failed.
async fn failed(cluster: &Cluster, film: &Path) -> String {
    let made = cluster.ask.upload_for("a film.mp4", &bytes(film), config()).await;
    let job = made["JobCreated"]["job_id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    let status = cluster.ask.ended(&job).await;
    assert_eq!(status["status"], "Failed", "{status}");
    job
}

#[tokio::test]
async fn a_failed_job_is_tried_again_with_the_film_that_was_uploaded_once() {
    let mut cluster = cluster();
    let source = film("half-second.mp4");
    let first = failed(&cluster, &source).await;
    let named = json!({"name": "the holidays", "labels": {"show": "alps"}});
    cluster.ask.patch(&format!("/api/v1/jobs/{first}"), &named).await;
    cluster.restart_client_with(0, &["--allow-option", "dia_size"], &[]);
    cluster.restart_server();
    let (status, again) = cluster.ask.post(&format!("/api/v1/jobs/{first}/retry"), &Value::Null).await;
    assert_eq!(status, 201, "{again}");
    let told = ["retry_of", "name", "priority", "file_name"].map(|key| again[key].as_str().unwrap());
    assert_eq!(told, [&first, "the holidays", "high", "a film.mp4"]);
    assert_eq!(again["labels"], named["labels"]);
    let again = again["job_id"].as_str().unwrap();
    let done = cluster.ask.completed(again).await;
    let to = cluster.scratch.path().join("out.mkv");
    cluster.ask.fetch(done["output_url"].as_str().unwrap(), &to).await;
    judge::same_film(&source, &to, true, 1.1);
    assert_eq!(judge::probe(&to)["format"]["tags"]["title"], "two words", "each word is what it was");
    assert_eq!(
        cluster.ask.get(UPLOADS).await.1["items"],
        json!([]),
        "it is deleted with the job that needed it"
    );
    let (status, gone) = cluster.ask.post(&format!("/api/v1/jobs/{first}/retry"), &Value::Null).await;
    assert_eq!((status, &gone["code"]), (404, &json!("UPLOAD_NOT_FOUND")), "{gone}");
    let (status, done) = cluster.ask.post(&format!("/api/v1/jobs/{again}/retry"), &Value::Null).await;
    assert_eq!((status, &done["code"]), (409, &json!("JOB_FINISHED")), "{done}");
}

#[tokio::test]
async fn a_deleted_job_leaves_nothing() {
    let mut cluster = cluster();
    let source = film("half-second.mp4");
    let failed = failed(&cluster, &source).await;
    let done = cluster.ask.submit(&source, json!({"ffmpeg_params": "-c:v ffv1"})).await;
    let result = cluster.ask.completed(&done).await["output_url"].as_str().unwrap().to_owned();
    cluster.clients[0].kill();
    let open = cluster.ask.submit(&source, config()).await;
    let (status, told) = cluster.ask.delete(&format!("/api/v1/jobs/{open}")).await;
    assert_eq!((status, &told["code"]), (409, &json!("JOB_OPEN")), "{told}");
    cluster.ask.command(json!({"CancelJob": {"job_id": open}})).await;
    for job in [&failed, &done, &open] {
        let (status, told) = cluster.ask.delete(&format!("/api/v1/jobs/{job}")).await;
        assert_eq!(status, 204, "{told}");
        let (status, told) = cluster.ask.delete(&format!("/api/v1/jobs/{job}")).await;
        assert_eq!((status, &told["code"]), (404, &json!("JOB_NOT_FOUND")), "{told}");
    }
    assert_eq!(cluster.ask.get(&result).await.0, 404);
    assert_eq!(cluster.ask.get("/api/v1/jobs").await.1["total"], 0);
    assert_eq!(cluster.ask.get(UPLOADS).await.1["items"], json!([]), "nobody would try it again");
    cluster.leaves_nothing().await;
}
