//! The address `/ws` over real sockets: what is no client is told so and let go.

use std::net::SocketAddr;

use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::limits::MESSAGE_BYTES_MAX;
use ffmpeg_cluster_common::limits::{HELLO_WITHIN, PROTOCOL};
use ffmpeg_cluster_common::protocol::to_client::ToClient;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::core::incoming::Incoming;
use crate::samples::Scratch;
use crate::store::catalog::Writer;

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A gate with nobody behind it; what it lets through comes out of the receiver.
async fn gate() -> (Socket, mpsc::Receiver<Incoming>) {
    let (address, received) = open(16).await;
    (connect(address).await, received)
}

async fn connect(address: SocketAddr) -> Socket {
    tokio_tungstenite::connect_async(format!("ws://{address}/ws")).await.unwrap().0
}

async fn open(sessions_max: usize) -> (SocketAddr, mpsc::Receiver<Incoming>) {
    let store = Scratch::new(|catalog| Writer::start(catalog).unwrap()).store;
    let (incoming, received) = mpsc::channel(16);
    let services = crate::samples::services(store, incoming).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(crate::samples::gate(services).with_clients_max(sessions_max).serve(listener));
    (address, received)
}

/// Everything that comes until the server closes the connection.
async fn rest(socket: &mut Socket) -> Vec<Message> {
    let mut all = Vec::new();
    let reading = async {
        while let Some(Ok(message)) = socket.next().await {
            all.push(message);
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), reading)
        .await
        .expect("the connection is closed");
    all
}

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

fn hello(protocol: u32) -> String {
    format!(
        r#"{{"hello":{{"protocol":{protocol},"client_id":"c1","client_key":"{KEY}","name":"a\u001b[31mb\nINFO fake","version":"1","ffmpeg_version":"5","platform":"p","cores":2,"memory_bytes":1,"free_disk":1,"encoders":["libx264","$(rm)"],"benchmark_secs":9,"holding":[]}}}}"#
    )
}

#[tokio::test]
async fn another_protocol_is_refused_with_a_sentence_and_a_code() {
    let (mut socket, _incoming) = gate().await;
    socket.send(Message::text(hello(99))).await.unwrap();
    let said = rest(&mut socket).await;
    let text = said[0].to_text().unwrap();
    assert!(
        text.contains("protocol_version") && text.contains(&format!("speaks protocol {PROTOCOL}")),
        "{text}"
    );
    let closed = |m: &Message| matches!(m, Message::Close(Some(frame)) if u16::from(frame.code) == 4002);
    assert!(said.iter().any(closed), "{said:?}");
}

#[tokio::test]
async fn what_is_no_hello_is_refused() {
    let half = format!("{{\"hello\":{{\"protocol\":{PROTOCOL}}}}}");
    for first in ["{\"ping\":{\"free_disk\":1}}", "hello", &half] {
        let (mut socket, mut incoming) = gate().await;
        socket.send(Message::text(first)).await.unwrap();
        let said = rest(&mut socket).await;
        assert!(said[0].to_text().unwrap().contains("bad_hello"), "{first}: {said:?}");
        assert!(incoming.try_recv().is_err(), "{first} reached the driver");
    }
}

#[tokio::test]
async fn a_message_too_large_ends_the_session() {
    let (mut socket, mut incoming) = gate().await;
    socket.send(Message::text(hello(PROTOCOL))).await.unwrap();
    let Some(Incoming::Session { outbox: _kept, .. }) = incoming.recv().await else { panic!("no session") };
    let huge = "x".repeat(MESSAGE_BYTES_MAX + 1);
    let _: Result<(), Error> = socket.send(Message::text(huge)).await;
    let next = incoming.recv().await;
    assert!(matches!(next, Some(Incoming::Event(Event::ClientGone { .. }))), "it was read: {next:?}");
}

#[tokio::test]
async fn names_and_lists_are_made_fit_for_a_log() {
    let (mut socket, mut incoming) = gate().await;
    socket.send(Message::text(hello(PROTOCOL))).await.unwrap();
    let Some(Incoming::Session { event, .. }) = incoming.recv().await else { panic!("no session") };
    let Event::ClientUp { hello, .. } = event else { panic!("{event:?}") };
    assert_eq!(
        (hello.name.as_str(), hello.encoders.as_slice()),
        ("a[31mbINFO fake", &["libx264".to_owned()][..])
    );
}

#[tokio::test]
async fn who_says_no_hello_is_let_go() {
    let (mut socket, mut incoming) = gate().await;
    // To the end of the server's patience. A clock that stays paused would jump on, past our own, while the socket is read.
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_millis(HELLO_WITHIN.0)).await;
    tokio::time::resume();
    let said = rest(&mut socket).await;
    assert!(said[0].to_text().unwrap().contains("no hello within 5 s"), "{said:?}");
    assert!(incoming.try_recv().is_err());
}

#[tokio::test]
async fn a_hello_as_large_as_a_film_list_is_refused() {
    let (mut socket, mut incoming) = gate().await;
    let huge = hello(PROTOCOL).replace("libx264", &"x".repeat(20_000));
    socket.send(Message::text(huge)).await.unwrap();
    let said = rest(&mut socket).await;
    assert!(said[0].to_text().unwrap().contains("bad_hello"), "{said:?}");
    assert!(incoming.try_recv().is_err());
}

async fn status_of(request: tokio_tungstenite::tungstenite::handshake::client::Request) -> u16 {
    match tokio_tungstenite::connect_async(request).await {
        Err(Error::Http(answer)) => answer.status().as_u16(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_web_page_is_no_client() {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest;
    let (address, _incoming) = open(1).await;
    // As after DNS rebinding: origin and host agree, and neither is ours.
    let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
    request.headers_mut().insert("origin", "http://evil.example".parse().unwrap());
    request.headers_mut().insert("host", "evil.example".parse().unwrap());
    assert_eq!(status_of(request).await, 403);
}

#[tokio::test]
async fn one_client_too_many_is_told_so_and_a_place_that_is_left_is_free() {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest;
    let (address, mut incoming) = open(1).await;
    let mut first = connect(address).await;
    first.send(Message::text(hello(PROTOCOL))).await.unwrap();
    let outbox = incoming.recv().await.expect("a session");
    let request = format!("ws://{address}/ws").into_client_request().unwrap();
    assert_eq!(status_of(request).await, 503);
    drop((first, outbox));
    let gone = incoming.recv().await.expect("its end");
    assert!(matches!(gone, Incoming::Event(Event::ClientGone { .. })), "{gone:?}");
    let again = async {
        while tokio_tungstenite::connect_async(format!("ws://{address}/ws")).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), again).await.expect("its place is free");
}

/// Everything said counts as a sign of life; what is understood becomes an event; a ping is answered.
#[tokio::test]
async fn a_session_from_hello_to_its_end() {
    let (mut socket, mut incoming) = gate().await;
    socket.send(Message::text(hello(PROTOCOL))).await.unwrap();
    let Some(Incoming::Session { outbox, .. }) = incoming.recv().await else { panic!("no session") };
    let mut heard = async |said: &str| {
        socket.send(Message::text(said)).await.unwrap();
        match incoming.recv().await {
            Some(Incoming::Event(Event::Heard { free_disk, .. })) => free_disk,
            other => panic!("{said}: {other:?}"),
        }
    };
    assert_eq!(heard("{\"from_the_future\":{}}").await, None);
    assert_eq!(heard("{\"ping\":{\"free_disk\":77}}").await, Some(77));
    assert_eq!(heard("{\"progress\":{\"lease\":\"1-4\",\"frames\":9,\"fps\":2.5}}").await, None);
    let progress = incoming.recv().await;
    assert!(matches!(progress, Some(Incoming::Event(Event::Progress { frames: 9, .. }))), "{progress:?}");
    assert_eq!(socket.next().await.unwrap().unwrap().to_text().unwrap(), "\"pong\"");

    outbox.send(ToClient::Draining).await.unwrap();
    drop(outbox);
    let last = rest(&mut socket).await;
    assert_eq!(last[0].to_text().unwrap(), "\"draining\"");
    assert!(matches!(incoming.recv().await, Some(Incoming::Event(Event::ClientGone { .. }))));
}

#[tokio::test]
async fn a_name_with_another_key_does_not_reach_the_driver() {
    let (address, mut incoming) = open(2).await;
    let mut first = connect(address).await;
    first.send(Message::text(hello(PROTOCOL))).await.unwrap();
    let session = incoming.recv().await.expect("a session");
    let Incoming::Session { event: Event::ClientUp { hello: told, .. }, .. } = &session else {
        panic!("{session:?}")
    };
    assert!(told.client_key.is_empty(), "the key goes no further than the gate");
    let mut second = connect(address).await;
    second.send(Message::text(hello(PROTOCOL).replace(KEY, &KEY.replace('0', "1")))).await.unwrap();
    let said = rest(&mut second).await;
    assert!(said[0].to_text().unwrap().contains("identity_taken"), "{said:?}");
    assert!(incoming.try_recv().is_err(), "it reached the driver");
}
