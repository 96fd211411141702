//! The outermost door: whatever a stranger's bytes are, they get a refusal, cost little, and change nothing.

use std::io::Write;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use harness::cluster::Cluster;
use harness::raw;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

fn alone() -> Cluster {
    Cluster::new().with(&["--required-clients", "1"]).start()
}

const POST: &str = "POST /ws/command HTTP/1.1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 10\r\n";

/// What, the bytes (`POST` stands for a good command's first lines), and the status that they get; 0 for a closed connection.
#[rustfmt::skip]
const REQUESTS: &[(&str, &str, u16)] = &[
    ("no host", "POST\r\n\"ListJobs\"", 403),
    ("another's name", "POSTHost: evil.example\r\n\r\n\"ListJobs\"", 403),
    ("a name that only begins like ours", "POSTHost: localhost.evil.example\r\n\r\n\"ListJobs\"", 403),
    ("a name with an address in it", "POSTHost: 127.0.0.1.evil.example\r\n\r\n\"ListJobs\"", 403),
    ("two hosts", "POSTHost: localhost\r\nHost: evil.example\r\n\r\n\"ListJobs\"", 403),
    ("a user before the host", "POSTHost: localhost@evil.example\r\n\r\n\"ListJobs\"", 403),
    ("another host in the address", "GET http://evil.example/api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 403),
    ("a page of another origin", "POSTHost: localhost\r\nOrigin: http://evil.example\r\n\r\n\"ListJobs\"", 403),
    ("a page without an origin", "POSTHost: localhost\r\nOrigin: null\r\n\r\n\"ListJobs\"", 403),
    ("a page of another port", "POSTHost: localhost:5001\r\nOrigin: http://localhost:80\r\n\r\n\"ListJobs\"", 403),
    ("a picture in a page", "GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\nConnection: close\r\n\r\n", 403),
    ("a form in a page", "POST /ws/command HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 10\r\nConnection: close\r\n\r\n\"ListJobs\"", 415),
    ("no type", "POST /ws/command HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nConnection: close\r\n\r\n\"ListJobs\"", 415),
    ("no length", "POST /ws/command HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n", 400),
    ("a huge command", "POST /ws/command HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9999999999\r\nConnection: close\r\n\r\n", 413),
    ("a negative length", "POST /ws/command HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
    ("two lengths", "POST /ws/command HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nContent-Length: 11\r\n\r\n\"ListJobs\"", 400),
    ("a wrong token", "GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer guess\r\nConnection: close\r\n\r\n", 401),
    ("another way to show oneself", "GET /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic YTpi\r\nConnection: close\r\n\r\n", 401),
    ("clients' door without a WebSocket", "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 426),
    ("an old WebSocket", "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 426),
    ("a WebSocket without a key", "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n", 426),
    ("a WebSocket of a page", "GET /ws HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 403),
    ("commands' WebSocket of a page", "GET /ws/command HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", 403),
    ("HTTP/2 at once", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0),
    ("no HTTP at all", "HELO evil\r\n\r\n", 400),
    ("a name of a header with a blank", "GET /healthz HTTP/1.1\r\nHo st: localhost\r\n\r\n", 400),
    ("a zero byte in a header", "GET /healthz HTTP/1.1\r\nHost: local\0host\r\n\r\n", 400),
    ("a proxy's request", "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", 403),
    ("an echo", "TRACE /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 405),
    ("nothing of ours", "GET /admin.php HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404),
    ("a path that climbs", "GET /api/v1/jobs/../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404),
    ("a climbing job", "GET /api/v1/jobs/..%2f..%2fx/result HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", 404),
];

#[tokio::test]
async fn every_bad_request_is_refused_and_changes_nothing() {
    let cluster = alone();
    let port = cluster.ask.port();
    for (what, bytes, wanted) in REQUESTS {
        let answer = raw::say(
            port,
            bytes
                .replacen("POSTHost", &format!("{POST}Host"), 1)
                .replacen("POST\r\n", &format!("{POST}\r\n"), 1)
                .as_bytes(),
        );
        assert_eq!(raw::status(&answer), *wanted, "{what}: {answer}");
        let is_typed = [0, 400].contains(wanted) || answer.contains("{\"Error\":{\"code\":\"");
        assert!(is_typed, "{what}: {answer}");
        assert!(!answer.contains("JobsList"), "{what}: it was obeyed: {answer}");
    }
    let long_name = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "x".repeat(100_000));
    assert!([414, 431].contains(&raw::status(&raw::say(port, long_name.as_bytes()))), "a huge address");
    let long_header = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    assert_eq!(raw::status(&raw::say(port, long_header.as_bytes())), 431, "a huge header");
    let many = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{}\r\n", "X: y\r\n".repeat(500));
    assert_eq!(raw::status(&raw::say(port, many.as_bytes())), 431, "many headers");

    assert_eq!(cluster.ask.command(json!("ListJobs")).await, json!({"JobsList": []}));
    let (_, counts) = cluster.ask.get("/api/v1/refusals").await;
    for kind in ["host", "page", "token_unknown", "no_websocket"] {
        assert!(counts[kind].as_u64().is_some_and(|count| count > 1), "{kind} is not counted: {counts}");
        let said = cluster.server.log.count(&format!("kind=\"{kind}\""));
        assert_eq!(said, 1, "{kind} was logged {said} times: {}", cluster.server.log.text());
    }
    cluster.leaves_nothing().await;
}

#[tokio::test]
async fn own_names_and_addresses_are_answered() {
    let cluster = alone();
    for host in ["localhost", "LocalHost:9", "127.0.0.1", "[::1]:5001", "192.168.7.7"] {
        let asked = format!("GET /api/v1/jobs HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(raw::status(&raw::say(cluster.ask.port(), asked.as_bytes())), 200, "{host}");
    }
    let named = Cluster::new().with(&["--required-clients", "1", "--host-name", "films.example"]).start();
    let asked = "GET /api/v1/jobs HTTP/1.1\r\nHost: films.example\r\nConnection: close\r\n\r\n";
    assert_eq!(raw::status(&raw::say(named.ask.port(), asked.as_bytes())), 200);
}

#[tokio::test]
async fn half_a_head_does_not_stay() {
    let cluster = alone();
    let beginnings: [&[u8]; 4] = [b"", b"G", b"GET / HTTP/1.1\r\nHost: loc", &[0x16, 3, 1, 0x40]];
    let mut all: Vec<_> = beginnings
        .iter()
        .map(|bytes| {
            let mut socket = raw::connect(cluster.ask.port());
            socket.write_all(bytes).unwrap();
            (String::from_utf8_lossy(bytes), socket)
        })
        .collect();
    for (bytes, socket) in &mut all {
        assert!(raw::is_closed_within(socket, Duration::from_secs(60)), "{bytes:?} stays open");
    }
}

/// A session that said a good hello, as far as the gate is concerned.
async fn commands(
    port: u16,
) -> tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>> {
    let request = format!("ws://127.0.0.1:{port}/ws/command").into_client_request().unwrap();
    tokio_tungstenite::connect_async(request).await.unwrap().0
}

#[tokio::test]
async fn a_flood_of_messages_ends_its_own_socket_and_no_other() {
    let cluster = alone();
    let (loud, mut calm) = (commands(cluster.ask.port()).await, commands(cluster.ask.port()).await);
    let (mut sink, mut stream) = loud.split();
    let flood = async { while sink.send(Message::text("\"ListJobs\"")).await.is_ok() {} };
    let answers = async { while let Some(Ok(_)) = stream.next().await {} };
    tokio::select! { () = flood => {}, () = answers => {} }
    calm.send(Message::text("\"ListJobs\"")).await.unwrap();
    assert!(calm.next().await.unwrap().unwrap().is_text());
    cluster.server.log.wait("kind=\"flood\"");
    cluster.leaves_nothing().await;
}

/// Unmasked lengths and endless parts, written by hand: a real library refuses to send them.
#[tokio::test]
async fn frames_that_promise_too_much_end_the_socket() {
    let cluster = alone();
    let handshake = b"GET /ws/command HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    let mut huge = vec![0x81, 0xFF];
    huge.extend((1_u64 << 62).to_be_bytes());
    huge.extend([0; 4]);
    let mut endless = Vec::new();
    for part in 0..2_000 {
        endless.extend([u8::from(part == 0), 0xFE, 0x10, 0x00, 0, 0, 0, 0]);
        endless.extend([b'x'; 4096]);
    }
    let nothing: Vec<u8> = (0..2_000).flat_map(|part| [u8::from(part == 0), 0x80, 0, 0, 0, 0]).collect();
    let reserved = vec![0xF3, 0x80, 0, 0, 0, 0];
    let unmasked = vec![0x81, 0x02, b'h', b'i'];
    for (what, frames) in [
        ("2^62 bytes", huge),
        ("endless parts", endless),
        ("parts that add nothing", nothing),
        ("reserved bits", reserved),
        ("unmasked", unmasked),
    ] {
        let mut socket = raw::connect(cluster.ask.port());
        socket.write_all(handshake).unwrap();
        let _ = socket.write_all(&frames);
        let began = Instant::now();
        assert!(raw::is_closed_within(&mut socket, Duration::from_secs(30)), "{what}: still open");
        assert!(began.elapsed() < Duration::from_secs(30), "{what}");
    }
    cluster.leaves_nothing().await;
}
