//! Thousands of peers at once: others are served all the while, and the memory comes back.

use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use harness::cluster::Cluster;
use harness::log::PATIENCE;
use harness::poll::{OFTEN, SOON, comes};
use harness::{memory, raw};
use serde_json::json;

const PEERS: usize = 2_000;
/// Room for what an allocator does not give back at once, and for other work of the server.
const AFTER_MIB_MAX: f64 = 16.0;

fn memory_mib(cluster: &Cluster) -> f64 {
    memory::now(cluster.server.pid()) as f64 / f64::from(1 << 20)
}

/// Once it is given back, or when that takes too long.
fn memory_after(cluster: &Cluster, before: f64) -> f64 {
    comes(OFTEN, Duration::from_secs(30), || memory_mib(cluster) - before < AFTER_MIB_MAX / 2.0);
    memory_mib(cluster)
}

/// As many sockets as a flood has; where this machine does not allow so many, as it does.
fn peers() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    let files = getrlimit(Resource::Nofile).current.unwrap_or(1 << 20);
    PEERS.min(usize::try_from(files).unwrap_or(PEERS).saturating_sub(200) / 2)
}

/// What each of the peers says first; they are kept open while somebody else asks something.
#[allow(clippy::print_stdout, reason = "a figure for people")]
async fn flood(what: &str, cluster: &Cluster, bytes: &[u8]) {
    let before = memory_mib(cluster);
    let mut all: Vec<TcpStream> = (0..peers()).map(|_| raw::connect(cluster.ask.port())).collect();
    for peer in &mut all {
        let _ = peer.write_all(bytes);
    }
    let began = Instant::now();
    assert_eq!(cluster.ask.command(json!("ListJobs")).await, json!({"JobsList": []}), "{what}");
    let answered = began.elapsed();
    let during = memory_mib(cluster);
    for peer in &mut all {
        assert!(raw::is_closed_within(peer, Duration::from_secs(60)), "{what}: somebody stays");
    }
    let after = memory_after(cluster, before);
    println!(
        "MEASURED {what}: {} peers, {before:.1} MiB before, {during:.1} during, {after:.1} after; another's answer in {answered:?}",
        all.len()
    );
    assert!(during - before < 128.0, "{what}: {before:.1} MiB before, {during:.1} MiB during");
    assert!(after - before < AFTER_MIB_MAX, "{what}: {before:.1} MiB before, {after:.1} MiB after");
}

#[tokio::test]
async fn thousands_of_slow_peers_cost_little_and_nothing_for_long() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    flood("silent", &cluster, b"").await;
    flood("half a head", &cluster, b"GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nX: ").await;
    flood("the beginning of TLS", &cluster, &[0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3]).await;
    let upgrade = b"GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    flood("clients that never say hello", &cluster, upgrade).await;
    cluster.leaves_nothing().await;
}

/// Each promises 60 MiB and sends them; what is not wanted is not even collected beyond the bound.
#[tokio::test]
#[allow(clippy::print_stdout, reason = "a figure for people")]
async fn huge_bodies_at_once_are_bounded() {
    let cluster = Cluster::new().with(&["--required-clients", "1"]).start();
    let port = cluster.ask.port();
    let before = memory_mib(&cluster);
    let senders: Vec<_> = (0..16)
        .map(|_| {
            std::thread::spawn(move || {
                let mut socket = raw::connect(port);
                let head = format!(
                    "PATCH /api/v1/pieces/1-1 HTTP/1.1\r\nHost: localhost\r\nUpload-Offset: 0\r\nContent-Length: {}\r\n\r\n",
                    60 << 20
                );
                let _ = socket.write_all(head.as_bytes());
                let megabyte = vec![0; 1 << 20];
                let _ = (0..60).try_for_each(|_| socket.write_all(&megabyte));
                raw::status(&raw::rest(&mut socket))
            })
        })
        .collect();
    let mut most = before;
    let all_sent = comes(SOON, PATIENCE, || {
        most = most.max(memory_mib(&cluster));
        senders.iter().all(|sender| sender.is_finished())
    });
    assert!(all_sent, "somebody is neither read nor refused");
    let answers: Vec<u16> = senders.into_iter().map(|sender| sender.join().unwrap()).collect();
    let after = memory_after(&cluster, before);
    println!(
        "MEASURED 16 bodies of 60 MiB: {before:.1} MiB before, {most:.1} at most, {after:.1} after; {answers:?}"
    );
    assert!(answers.iter().all(|status| [0, 403, 410, 413, 503].contains(status)), "{answers:?}");
    assert!(most - before < 420.0, "{before:.1} MiB before, {most:.1} MiB at most");
    assert!(after - before < AFTER_MIB_MAX, "{before:.1} MiB before, {after:.1} MiB after");
    cluster.leaves_nothing().await;
}
