//! A film comes by upload, and its result goes back.

use harness::cluster::{Cluster, Running};
use harness::films::film;
use harness::judge;
use harness::person::Person;
use rustix::process::Signal;

fn upload(cluster: &Cluster, name: &str, more: &str) -> Running {
    Person::of(cluster).submit_with(&film(name), more)
}

#[test]
fn an_upload_is_encoded_and_its_result_fetched() {
    let cluster = Cluster::new().clients(2).start();
    let mut client = upload(&cluster, "two-audio.mkv", "--output back.mkv");
    let status = client.end();
    assert!(status.success(), "{}", client.log.text());
    judge::same_film(&film("two-audio.mkv"), &cluster.scratch.path().join("back.mkv"), true, 1.1);
    let uploads = cluster.work().join("server").join("uploads");
    let left: Vec<_> = std::fs::read_dir(uploads).unwrap().collect();
    assert!(left.is_empty(), "the uploaded source stays behind: {left:?}");
}

#[test]
fn a_participating_uploader_needs_nobody_else() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let mut client = upload(&cluster, "half-second.mp4", "--participate --output back.mkv");
    assert!(client.end().success(), "{}", client.log.text());
    judge::same_film(&film("half-second.mp4"), &cluster.scratch.path().join("back.mkv"), true, 1.1);
}

#[test]
fn an_interrupted_uploader_encodes_no_more_and_leaves_its_job_to_others() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let mut client = upload(&cluster, "medium.mkv", "--participate");
    cluster.server.log.wait("leased");
    client.signal(Signal::INT);
    assert!(!client.end().success());
    assert!(client.text_at_end().contains("goes on"), "{}", client.log.text());
    cluster.server.log.wait("client gone");
    assert!(!cluster.server.log.text().contains("Cancelled"), "{}", cluster.server.log.text());
}
