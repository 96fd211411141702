//! The `/ws` door over real sockets: what is no client is told so and let go.

use std::sync::Arc;

use ffmpeg_cluster_common::limits::MESSAGE_BYTES_MAX;
use ffmpeg_cluster_common::media::profile;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::{Error, Message};
use warp::Filter;

use super::*;
use crate::catalog::{Reader, Sqlite, Writer};
use crate::config::{LogFormat, Settings};
use crate::folders::Folders;
use crate::handle::Inbox;

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A door with nobody behind it; what it lets through comes out of the receiver.
async fn door() -> (Socket, mpsc::Receiver<Inbox>) {
    let root = std::env::temp_dir().join(format!("ffmpeg-cluster-link-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&root).unwrap();
    let writer = Writer::start(Sqlite::open(&root.join("server.db")).unwrap()).unwrap();
    let reader = Reader::open(&root.join("server.db"), writer).unwrap();
    let (inbox, received) = mpsc::channel(16);
    let tools = ffmpeg_cluster_common::io::tools::find(None, &root).await.unwrap();
    let handle = Handle {
        settings: Arc::new(settings(&root)),
        tools: Arc::new(tools),
        folders: Arc::new(Folders::new(&root).unwrap()),
        background: ffmpeg_cluster_common::io::spawn::Background::default(),
        view: watch::channel(Arc::default()).1,
        leases: watch::channel(Arc::default()).1,
        reader,
        shelf: Arc::default(),
        inbox,
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(warp::serve(route(handle).boxed()).incoming(listener).run());
    let (socket, _) = tokio_tungstenite::connect_async(format!("ws://{address}/ws")).await.unwrap();
    (socket, received)
}

fn settings(root: &std::path::Path) -> Settings {
    Settings {
        required_clients: 1,
        benchmark_secs: 1,
        ffmpeg_params: profile::words("-c:v libx264").unwrap(),
        file_name_output: "o.mp4".into(),
        bind: [127, 0, 0, 1].into(),
        port: 0,
        exactly: true,
        chunk_bytes: 1 << 20,
        max_retries: 3,
        retry_delay_secs: 1,
        work_dir: root.to_owned(),
        media_roots: Vec::new(),
        ffmpeg_dir: None,
        log_format: LogFormat::Text,
    }
}

/// Everything that comes until the door closes.
async fn rest(socket: &mut Socket) -> Vec<Message> {
    let mut all = Vec::new();
    while let Some(Ok(message)) = socket.next().await {
        all.push(message);
    }
    all
}

fn hello(protocol: u32) -> String {
    format!(
        r#"{{"hello":{{"protocol":{protocol},"client_id":"c1","name":"a\u001b[31mb\nINFO fake","version":"1","ffmpeg_version":"5","platform":"p","cores":2,"memory_bytes":1,"free_disk":1,"encoders":["libx264","$(rm)"],"benchmark_secs":9,"holding":[]}}}}"#
    )
}

#[tokio::test]
async fn another_protocol_is_refused_with_a_sentence_and_a_code() {
    let (mut socket, _inbox) = door().await;
    socket.send(Message::text(hello(99))).await.unwrap();
    let said = rest(&mut socket).await;
    let text = said[0].to_text().unwrap();
    assert!(text.contains("protocol_version") && text.contains("speaks protocol 1"), "{text}");
    let closed = |m: &Message| matches!(m, Message::Close(Some(frame)) if u16::from(frame.code) == 4002);
    assert!(said.iter().any(closed), "{said:?}");
}

#[tokio::test]
async fn what_is_no_hello_is_refused() {
    for first in ["{\"ping\":{\"free_disk\":1}}", "hello", "{\"hello\":{\"protocol\":1}}"] {
        let (mut socket, mut inbox) = door().await;
        socket.send(Message::text(first)).await.unwrap();
        let said = rest(&mut socket).await;
        assert!(said[0].to_text().unwrap().contains("bad_hello"), "{first}: {said:?}");
        assert!(inbox.try_recv().is_err(), "{first} reached the driver");
    }
}

#[tokio::test]
async fn a_message_too_large_ends_the_session() {
    let (mut socket, mut inbox) = door().await;
    let huge = "x".repeat(MESSAGE_BYTES_MAX + 1);
    let _: Result<(), Error> = socket.send(Message::text(huge)).await;
    rest(&mut socket).await;
    assert!(inbox.try_recv().is_err());
}

#[tokio::test]
async fn names_and_lists_are_made_fit_for_a_log() {
    let (mut socket, mut inbox) = door().await;
    socket.send(Message::text(hello(1))).await.unwrap();
    let Some(Inbox::Session { event, .. }) = inbox.recv().await else { panic!("no session") };
    let ffmpeg_cluster_common::cluster::event::Event::ClientUp { hello, .. } = event else {
        panic!("{event:?}")
    };
    assert_eq!(
        (hello.name.as_str(), hello.encoders.as_slice()),
        ("a[31mbINFO fake", &["libx264".to_owned()][..])
    );
}
