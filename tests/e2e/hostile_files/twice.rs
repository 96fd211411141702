//! The same bytes at the same moment, as a retry that overtakes its first would send them: they count once.

use std::path::Path;

use futures_util::future::join_all;
use harness::cluster::Cluster;
use serde_json::Value;

use super::place::Place;
use super::uploads::{announced, send};
use crate::fake_worker::FakeWorker;

const TIMES: usize = 12;
const CHUNKS: u64 = 100;

fn assert_once(mut statuses: Vec<u16>, others: &[u16]) {
    statuses.sort_unstable();
    assert_eq!((statuses.len(), statuses[0]), (TIMES, 204), "{statuses:?}");
    assert!(statuses[1..].iter().all(|status| others.contains(status)), "{statuses:?}");
}

#[tokio::test]
async fn a_chunk_of_a_piece_that_comes_many_times_at_once_counts_once() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let mut worker = FakeWorker::join(cluster.ask.port(), "fake-worker", &["ffv1", "libvorbis", "aac"]).await;
    let job = cluster.ask.submit(&harness::films::film("half-second.mp4"), Value::Null).await;
    let lease = worker.offer().await.lease;
    // The moment is short: many chunks meet it.
    let chunk = vec![7; 16 << 10];
    for n in 0..CHUNKS {
        let offset = n * chunk.len() as u64;
        assert_once(join_all((0..TIMES).map(|_| worker.patch(lease, offset, &chunk))).await, &[409]);
    }
    let part = format!("server/{job}/segments/{lease}.part");
    assert_eq!(length(&cluster.work().join(part)), CHUNKS * chunk.len() as u64);
}

#[tokio::test]
async fn a_chunk_of_an_upload_that_comes_many_times_at_once_counts_once() {
    let place = Place::start(&[]);
    let (chunk, path) = (vec![7; 1 << 20], announced(&place, 4 << 20, "").await);
    let headers = [("content-type", "application/offset+octet-stream"), ("upload-offset", "0")];
    let one = async || send(&place, "PATCH", &path, &headers, &chunk).await.status().as_u16();
    assert_once(join_all((0..TIMES).map(|_| one())).await, &[409, 423]);
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(length(&place.path("work/server/uploads").join(id)), 1 << 20);
}

fn length(path: &Path) -> u64 {
    std::fs::metadata(path).unwrap().len()
}
