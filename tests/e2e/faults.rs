//! Processes killed for real, in the middle of a job: the film comes out the same.

use harness::cluster::{Cluster, Setup};
use harness::films::film;
use harness::judge;
use serde_json::Value;

async fn halfway(cluster: &Cluster, job: &str) {
    cluster.ask.until(job, "made a start", |s| s["frames_done"].as_u64().unwrap_or(0) > 60).await;
}

async fn judged(cluster: &Cluster, job: &str, source: &std::path::Path) {
    let status = cluster.ask.completed(job).await;
    let to = cluster.scratch.path().join("out.mkv");
    cluster.ask.fetch(status["output_url"].as_str().unwrap(), &to).await;
    judge::same_film(source, &to, true, 1.1);
}

#[tokio::test]
async fn a_killed_client_costs_time_and_nothing_else() {
    let mut cluster = Cluster::start(Setup::lossless(3));
    let source = film("medium.mkv");
    let job = cluster.ask.submit(&source, Value::Null).await;
    halfway(&cluster, &job).await;
    cluster.clients[0].kill();
    judged(&cluster, &job, &source).await;
}

#[tokio::test]
async fn a_killed_server_goes_on_with_the_pieces_it_has() {
    let mut cluster = Cluster::start(Setup::lossless(2));
    let source = film("medium.mkv");
    let job = cluster.ask.submit(&source, Value::Null).await;
    cluster.server.log.wait("piece kept");
    cluster.restart_server();
    judged(&cluster, &job, &source).await;
    let status = cluster.ask.status(&job).await;
    assert_eq!(status["report"]["frames_source"], status["report"]["frames_result"]);
}

#[tokio::test]
async fn a_server_that_dies_three_times_still_ends_its_job() {
    let mut cluster = Cluster::start(Setup::lossless(2));
    let source = film("medium.mkv");
    let job = cluster.ask.submit(&source, Value::Null).await;
    for _ in 0..3 {
        cluster.server.log.wait("leased");
        cluster.restart_server();
    }
    judged(&cluster, &job, &source).await;
}
