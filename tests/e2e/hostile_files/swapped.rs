//! What was accepted is a film; what lies at its path later is anybody's.

use harness::cluster::Running;
use serde_json::Value;

use super::place::Place;
use crate::fake_worker::{FakeWorker, http, key_of};

fn add_client(place: &Place) -> Running {
    let line = format!("--server-port {} --work-dir client0 --reconnect-delay 1", place.ask.port());
    let arguments: Vec<String> = line.split(' ').map(String::from).collect();
    Running::start("ffmpeg-cluster-client", &arguments, place.scratch.path())
}

async fn waiting(place: &Place) -> String {
    let job = place.ask.submit(std::path::Path::new("deep/film.mp4"), Value::Null).await;
    place.ask.until(&job, "waited", |status| status["status"] == "WaitingForClients").await;
    job
}

async fn assert_fails_unread(place: &Place, job: &str) {
    let _client = add_client(place);
    let status = place.ask.ended(job).await;
    assert_eq!(status["status"], "Failed", "{status:#}");
    assert!(status["error"].as_str().unwrap_or_default().contains("the source"), "{status:#}");
    assert!(!place.canary.was_opened(), "the canary was read");
}

#[tokio::test]
async fn a_film_that_became_a_link_fails_its_job_and_nobody_follows_it() {
    let place = Place::start(&[]);
    let job = waiting(&place).await;
    std::fs::remove_file(place.path("media/deep/film.mp4")).unwrap();
    place.link("../../private/secret.mp4", "media/deep/film.mp4");
    assert_fails_unread(&place, &job).await;
}

#[tokio::test]
async fn a_folder_that_became_a_link_fails_the_jobs_of_its_films() {
    let place = Place::start(&[]);
    std::fs::rename(place.path("private/secret.mp4"), place.path("private/film.mp4")).unwrap();
    let job = waiting(&place).await;
    std::fs::rename(place.path("media/deep"), place.path("media/gone")).unwrap();
    place.link("../private", "media/deep");
    assert_fails_unread(&place, &job).await;
}

#[tokio::test]
async fn another_film_at_the_same_path_is_not_sent_for_the_first() {
    let place = Place::start(&[]);
    let job = waiting(&place).await;
    std::fs::rename(place.path("media/film.mp4"), place.path("media/deep/film.mp4")).unwrap();
    assert_fails_unread(&place, &job).await;
}

#[tokio::test]
async fn not_even_the_holder_of_a_lease_gets_what_lies_there_now() {
    let place = Place::start(&[]);
    let mut holder = FakeWorker::join(place.ask.port(), "holder", &["libx264", "ffv1"]).await;
    let job = place.ask.submit(std::path::Path::new("deep/film.mp4"), Value::Null).await;
    holder.offer().await;
    let ask = || http("holder", &key_of("holder")).get(place.ask.url(&format!("/api/v1/sources/{job}")));
    assert_eq!(ask().send().await.unwrap().status(), 206);
    std::fs::remove_file(place.path("media/deep/film.mp4")).unwrap();
    place.link("../../private/secret.mp4", "media/deep/film.mp4");
    assert_eq!(ask().send().await.unwrap().status(), 412, "the byte plane gave it away");
    std::fs::remove_file(place.path("media/deep/film.mp4")).unwrap();
    std::fs::rename(place.path("media/film.mp4"), place.path("media/deep/film.mp4")).unwrap();
    assert_eq!(ask().send().await.unwrap().status(), 412, "another film was sent for the first");
    assert!(!place.canary.was_opened(), "the canary was read");
}
