//! People pause jobs, resume them, and change their order, through a real cluster that is killed in between.

use harness::cluster::Cluster;
use harness::films::film;
use harness::judge;
use harness::poll::{OFTEN, comes};
use harness::processes::running_in;
use serde_json::{Value, json};

/// Lasts some seconds on any machine, and is told from other encodes by its last word.
const LASTING: &str = "-c:v libx264 -qp 0 -preset medium -threads 1 -x264-params merange=23";

fn encoders(cluster: &Cluster) -> usize {
    running_in(cluster.scratch.path()).iter().filter(|one| one.command.contains("merange=23")).count()
}

/// A server that has just started does not know it at once.
async fn order(cluster: &Cluster, jobs: [&String; 2]) -> [u64; 2] {
    let mut all = [0; 2];
    for (place, job) in all.iter_mut().zip(jobs) {
        let path = format!("/api/v1/jobs/{job}");
        let known = cluster.ask.get_until(&path, |job| job["position"].is_u64()).await;
        *place = known["position"].as_u64().unwrap();
    }
    all
}

#[tokio::test]
async fn a_paused_job_frees_its_clients_survives_a_restart_and_goes_on() {
    let mut cluster = Cluster::new().clients(1).start();
    let source = film("medium.mkv");
    // Not as the server's own parameters: its command line would look like an encoder's.
    let config = json!({"ffmpeg_params": LASTING, "file_name_output": "x.mkv"});
    let job = cluster.ask.submit(&source, config).await;
    cluster.clients[0].log.wait(" took ");
    let paused = cluster.ask.command(json!({"PauseJob": {"job_id": job, "now": true}})).await;
    assert_eq!(paused["JobStatus"]["job_id"], job, "{paused}");
    assert!(comes(OFTEN, harness::log::PATIENCE, || encoders(&cluster) == 0), "the encoder goes on");
    cluster.restart_server();
    // Somebody else's film is made in the meantime.
    let other = cluster.ask.submit(&film("half-second.mp4"), json!({"ffmpeg_params": "-c:v ffv1"})).await;
    cluster.ask.completed(&other).await;
    let (_, told) = cluster.ask.get(&format!("/api/v1/jobs/{job}")).await;
    assert!(
        told["paused"] == true && told["doing"].as_str().is_some_and(|doing| doing.starts_with("paused")),
        "{told}"
    );
    let (_, list) = cluster.ask.get("/api/v1/jobs?order=created").await;
    let told = |n: usize| ["priority", "position", "paused"].map(|name| list["items"][n][name].clone());
    assert_eq!(told(0), [json!("normal"), json!(1), json!(true)], "{list}");
    assert_eq!(told(1), [Value::Null, Value::Null, json!(false)], "an ended job has no place: {list}");
    assert_eq!(encoders(&cluster), 0);
    cluster.ask.command(json!({"ResumeJob": {"job_id": job}})).await;
    let status = cluster.ask.completed(&job).await;
    let to = cluster.scratch.path().join("out.mkv");
    cluster.ask.fetch(status["output_url"].as_str().unwrap(), &to).await;
    judge::same_film(&source, &to, true, 1.1);
}

#[tokio::test]
async fn the_order_of_jobs_is_changed_and_survives_a_restart() {
    let mut cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let source = film("half-second.mp4");
    let first = cluster.ask.submit(&source, Value::Null).await;
    let second = cluster.ask.submit(&source, json!({"priority": "low"})).await;
    assert_eq!(order(&cluster, [&first, &second]).await, [1, 2]);
    let moved = cluster.ask.command(json!({"MoveJob": {"job_id": second, "before": first}})).await;
    assert_eq!(moved["JobStatus"]["job_id"], second, "{moved}");
    assert_eq!(order(&cluster, [&first, &second]).await, [2, 1]);
    cluster.ask.command(json!({"SetPriority": {"job_id": first, "priority": "critical"}})).await;
    cluster.restart_server();
    assert_eq!(order(&cluster, [&first, &second]).await, [1, 2]);
    for (wrong, code) in [
        (json!({"MoveJob": {"job_id": first}}), "INVALID_REQUEST"),
        (json!({"MoveJob": {"job_id": first, "after": first}}), "INVALID_REQUEST"),
        (json!({"SetPriority": {"job_id": first, "priority": "urgent"}}), "INVALID_REQUEST"),
        (json!({"PauseJob": {"job_id": "nobody"}}), "JOB_NOT_FOUND"),
    ] {
        let (_, answer) = cluster.ask.raw(&wrong.to_string()).await;
        assert_eq!(answer["Error"]["code"], code, "{wrong}: {answer}");
    }
    cluster.add_client();
    let begun = [begun(&cluster, &first).await, begun(&cluster, &second).await];
    assert!(begun[0] <= begun[1], "the critical one was begun first: {begun:?}");
}

/// When the first work of a job was given to a client. Which of two short ones is proved first is left to the machine.
async fn begun(cluster: &Cluster, job: &str) -> u64 {
    cluster.ask.completed(job).await;
    let (_, timeline) = cluster.ask.get(&format!("/api/v1/jobs/{job}/timeline")).await;
    let spans = timeline["spans"].as_array().expect("spans").iter();
    spans.map(|span| span["began_ms"].as_u64().expect("when it began")).min().expect("a span")
}
