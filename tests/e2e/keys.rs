//! A worker touches only what it holds a lease for, and nobody passes for another.

use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::protocol::to_client::{RefusalCode, ToClient};
use ffmpeg_cluster_common::protocol::transfer::{piece_path, source_path};
use harness::cluster::Cluster;
use harness::films::film;
use serde_json::Value;

use crate::fake_worker::{FakeWorker, announced, http, key_of};

fn alone() -> Cluster {
    Cluster::new().with(&["--required-clients", "1"]).start()
}

/// HEAD of a piece and GET of a source, as their statuses.
async fn statuses(http: &reqwest::Client, cluster: &Cluster, lease: LeaseId, source: &str) -> [u16; 2] {
    let url = |path: &str| format!("http://127.0.0.1:{}{path}", cluster.ask.port());
    let head = http.head(url(&piece_path(lease))).send().await.unwrap().status();
    let get = http.get(url(source)).header("range", "bytes=0-9").send().await.unwrap().status();
    [head.as_u16(), get.as_u16()]
}

#[tokio::test]
async fn bytes_are_for_who_holds_the_lease_and_for_nobody_else() {
    let cluster = alone();
    let port = cluster.ask.port();
    let mut holder = FakeWorker::join(port, "holder", &["ffv1"]).await;
    let other = FakeWorker::join(port, "other", &[]).await;
    cluster.ask.submit(&film("half-second.mp4"), Value::Null).await;
    let offer = holder.offer().await;
    let (lease, source) = (offer.lease, source_path(&offer.job));
    let wrong = Secret::new("00".repeat(32));
    let plain = reqwest::Client::builder().no_proxy().build().unwrap();
    let cases = [
        ("the holder", http("holder", &key_of("holder")), [200, 206]),
        ("another client", http("other", &key_of("other")), [403, 403]),
        ("the holder's name with another key", http("holder", &wrong), [403, 403]),
        ("the holder's name with another client's key", http("holder", &key_of("other")), [403, 403]),
        ("a client that nobody knows", http("nobody", &key_of("nobody")), [403, 403]),
        ("nobody in particular", plain, [403, 403]),
    ];
    for (who, http, wanted) in &cases {
        assert_eq!(statuses(http, &cluster, lease, &source).await, *wanted, "{who}");
    }
    assert_eq!(other.put(lease, b"another's piece").await, 403);
    assert_eq!(statuses(&cases[0].1, &cluster, lease, &source).await, [200, 206], "nothing was changed");
    let (_, counts) = cluster.ask.get("/api/v1/refusals").await;
    assert_eq!(counts["not_leased"], 11, "{counts}");
    assert_eq!(cluster.server.log.count("kind=\"not_leased\""), 1, "{}", cluster.server.log.text());
}

#[tokio::test]
async fn a_lease_that_is_another_s_is_no_lease_in_messages_either() {
    let cluster = alone();
    let mut holder = FakeWorker::join(cluster.ask.port(), "holder", &["ffv1"]).await;
    let mut other = FakeWorker::join(cluster.ask.port(), "other", &[]).await;
    cluster.ask.submit(&film("half-second.mp4"), Value::Null).await;
    let lease = holder.offer().await.lease;
    assert_eq!(holder.put(lease, b"some bytes").await, 204);
    other.announce(lease, announced(b"some bytes")).await;
    let answer = other.heard().await;
    assert!(matches!(answer, ToClient::Revoke { lease: lost, .. } if lost == lease), "{answer:?}");
    assert_eq!(holder.put(lease, b"some bytes").await, 409, "the holder's piece is still there");
}

#[tokio::test]
async fn nobody_comes_in_under_the_name_of_a_client_with_another_key() {
    let mut cluster = alone();
    let port = cluster.ask.port();
    let _first = FakeWorker::join(port, "first", &[]).await;
    for key in ["00".repeat(32), digest_like("first"), "0".into(), String::new(), "Z".repeat(64)] {
        let refused = FakeWorker::say_hello(port, "first", &Secret::new(key.clone()), &[]).await.err();
        let wanted = if key.len() == 64 && !key.contains('Z') {
            RefusalCode::IdentityTaken
        } else {
            RefusalCode::BadHello
        };
        assert!(
            matches!(&refused, Some(ToClient::Refused { code, .. }) if *code == wanted),
            "{key}: {refused:?}"
        );
    }
    // A restart forgets nothing of that.
    cluster.restart_server();
    let refused = FakeWorker::say_hello(port, "first", &Secret::new("00".repeat(32)), &[]).await.err();
    assert!(
        matches!(refused, Some(ToClient::Refused { code: RefusalCode::IdentityTaken, .. })),
        "{refused:?}"
    );
    FakeWorker::join(port, "first", &[]).await;
    assert!(!cluster.server.log.text().contains(key_of("first").reveal()));
}

fn digest_like(text: &str) -> String {
    let key = key_of(text);
    key.reveal().chars().rev().collect()
}
