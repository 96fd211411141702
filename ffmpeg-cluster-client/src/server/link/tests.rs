//! A link against a real WebSocket server.

use ffmpeg_cluster_common::ids::LeaseId;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::*;

const LEASE: LeaseId = LeaseId { boot: 1, seq: 2 };

async fn linked() -> (WebSocketStream<TcpStream>, Outbox, mpsc::Receiver<LinkEvent>, Background) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (server, background) = (at(&listener), Background::default());
    let (tell, mut told) = mpsc::channel(16);
    let outbox = open(&server, &background, move |event| {
        let tell = tell.clone();
        async move { tell.send(event).await.unwrap() }
    });
    let (socket, _) = listener.accept().await.unwrap();
    let socket = tokio_tungstenite::accept_async(socket).await.unwrap();
    assert!(matches!(told.recv().await, Some(LinkEvent::Up)));
    (socket, outbox, told, background)
}

fn at(listener: &TcpListener) -> Server {
    Server::plain("127.0.0.1", listener.local_addr().unwrap().port())
}

async fn down(told: &mut mpsc::Receiver<LinkEvent>) -> String {
    match told.recv().await {
        Some(LinkEvent::Down(reason)) => reason,
        other => panic!("not down, but {other:?}"),
    }
}

#[tokio::test]
async fn messages_go_both_ways_and_the_last_words_are_sent() {
    let (mut socket, outbox, mut told, _background) = linked().await;
    let pong = serde_json::to_string(&ToClient::Pong).unwrap();
    socket.send(Message::text("{\"from_a_newer_server\":1}")).await.unwrap();
    socket.send(Message::text(pong)).await.unwrap();
    assert!(matches!(told.recv().await, Some(LinkEvent::Heard(ToClient::Pong))));
    assert!(outbox.put(ToServer::Progress { lease: LEASE, frames: 5, fps: 2.0 }));
    assert!(outbox.put(ToServer::Leaving { reason: "stopped".into() }));
    drop(outbox);
    let mut heard = Vec::new();
    while let Some(Ok(Message::Text(text))) = socket.next().await {
        heard.push(serde_json::from_str::<ToServer>(&text).unwrap());
    }
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[1], ToServer::Leaving { reason: "stopped".into() });
}

#[tokio::test]
async fn the_servers_reason_is_told() {
    let (mut socket, _outbox, mut told, _background) = linked().await;
    let frame = CloseFrame { code: 4002.into(), reason: "speak protocol 2".into() };
    socket.close(Some(frame)).await.unwrap();
    assert_eq!(down(&mut told).await, "closed by the server (4002): speak protocol 2");
}

#[tokio::test]
async fn a_message_beyond_its_bound_ends_the_session() {
    let (mut socket, _outbox, mut told, _background) = linked().await;
    let _ = socket.send(Message::text("x".repeat(MESSAGE_BYTES_MAX + 1))).await;
    assert!(down(&mut told).await.contains("too"));
}

#[tokio::test]
async fn a_server_that_reads_nothing_fills_a_bounded_outbox() {
    let (_socket, outbox, _told, _background) = linked().await;
    let long = || ToServer::Leaving { reason: "x".repeat(100_000) };
    assert!((0..10_000).any(|_| !outbox.put(long())));
}

#[tokio::test]
async fn nobody_there_and_somebody_else_there() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (server, background) = (at(&listener), Background::default());
    let connect = || {
        let (tell, told) = mpsc::channel(16);
        let tell = move |event| {
            let tell = tell.clone();
            async move { tell.send(event).await.unwrap() }
        };
        (open(&server, &background, tell), told)
    };
    let (_outbox, mut told) = connect();
    let (mut socket, _) = listener.accept().await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut socket, b"HTTP/1.1 404 Not Found\r\n\r\n").await.unwrap();
    assert!(down(&mut told).await.contains("404"), "another program on that port is named as such");
    drop((listener, socket));
    let (_outbox, mut told) = connect();
    assert!(down(&mut told).await.contains("refused"));
}

/// What the door answers to a client that it does not let in, and what comes of it.
async fn turned_away(answer: &str, code: &str) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let background = Background::default();
    let (tell, mut told) = mpsc::channel(16);
    let _outbox = open(&at(&listener), &background, move |event| {
        let tell = tell.clone();
        async move { tell.send(event).await.unwrap() }
    });
    let (mut socket, _) = listener.accept().await.unwrap();
    let body = format!(r#"{{"Error":{{"code":"{code}","message":"the words of the door"}}}}"#);
    let text = format!("HTTP/1.1 {answer}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    tokio::io::AsyncWriteExt::write_all(&mut socket, text.as_bytes()).await.unwrap();
    let mut all = Vec::new();
    while let Some(event) = told.recv().await {
        all.push(match event {
            LinkEvent::Heard(ToClient::Refused { message, .. }) => format!("refused: {message}"),
            LinkEvent::Down(reason) => format!("down: {reason}"),
            other => panic!("{other:?}"),
        });
    }
    all
}

#[tokio::test]
async fn who_is_not_let_in_hears_why_and_a_full_house_is_no_refusal() {
    for (answer, code) in [
        ("401 Unauthorized", "UNAUTHORIZED"),
        ("403 Forbidden", "NOT_ALLOWED"),
        ("403 Forbidden", "TLS_REQUIRED"),
    ] {
        let all = turned_away(answer, code).await;
        assert_eq!(all, ["refused: the words of the door", "down: the words of the door"], "{code}");
    }
    let all = turned_away("503 Service Unavailable", "BUSY").await;
    assert_eq!(all, ["down: the words of the door (BUSY)"]);
}
