//! A client that is none: speaks the real wire over real sockets, and says and sends whatever a test wants.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};
use std::time::Duration;

use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::ids::LeaseId;
use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::limits::PROTOCOL;
use ffmpeg_cluster_common::media::plan::piece::{Findings, SentPiece};
use ffmpeg_cluster_common::protocol::to_client::{Offer, ToClient};
use ffmpeg_cluster_common::protocol::to_server::{Hello, ToServer};
use ffmpeg_cluster_common::protocol::transfer::{
    CHUNK_SHA256, CLIENT_KEY, UPLOAD_OFFSET, client_key, piece_path,
};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// A server that says nothing for so long has forgotten us.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// As every client does, so that slow tests are not taken for silence.
const HEARTBEAT: Duration = Duration::from_secs(4);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Sink = Arc<Mutex<SplitSink<Socket, Message>>>;

#[derive(Debug)]
pub struct FakeWorker {
    sink: Sink,
    stream: SplitStream<Socket>,
    http: reqwest::Client,
    port: u16,
    /// Offers that came while something else was waited for.
    waiting: VecDeque<Offer>,
}

async fn said(sink: &Sink, what: &ToServer) -> Result<(), Error> {
    let text = serde_json::to_string(what).unwrap();
    sink.lock().await.send(Message::text(text)).await
}

/// For as long as the worker is there.
async fn beat(sink: Weak<Mutex<SplitSink<Socket, Message>>>) {
    while let Some(sink) = sink.upgrade() {
        if said(&sink, &ToServer::Ping { free_disk: 1 << 40 }).await.is_err() {
            return;
        }
        drop(sink);
        tokio::time::sleep(HEARTBEAT).await;
    }
}

/// What is told of a piece, true or not.
pub fn announced(bytes: &[u8]) -> SentPiece {
    SentPiece { bytes: bytes.len() as u64, sha256: digest::of_bytes(bytes), findings: Findings::default() }
}

/// The same for each worker of a name.
pub fn key_of(id: &str) -> Secret {
    Secret::new(digest::of_bytes(id.as_bytes()))
}

/// Shows this key with each request.
pub fn http(id: &str, key: &Secret) -> reqwest::Client {
    let key = client_key(&id.parse().unwrap(), key);
    let headers = [(CLIENT_KEY.parse().unwrap(), key.reveal().parse().unwrap())].into_iter().collect();
    let builder = reqwest::Client::builder().no_proxy().timeout(ANSWER_WITHIN).default_headers(headers);
    builder.build().unwrap()
}

fn hello(id: &str, key: &Secret, encoders: &[&str]) -> Hello {
    Hello {
        protocol: PROTOCOL,
        client_id: id.parse().unwrap(),
        client_key: key.clone(),
        name: id.to_owned(),
        version: "0".to_owned(),
        ffmpeg_version: "0".to_owned(),
        platform: "fake".to_owned(),
        cores: 1,
        memory_bytes: 1 << 30,
        free_disk: 1 << 40,
        encoders: encoders.iter().map(|name| (*name).to_owned()).collect(),
        devices: Vec::new(),
        decodes: Vec::new(),
        benchmark_secs: 10,
        holding: Vec::new(),
    }
}

impl FakeWorker {
    /// It says that it has every encoder that is named, and never tried one.
    pub async fn join(port: u16, id: &str, encoders: &[&str]) -> Self {
        Self::say_hello(port, id, &key_of(id), encoders).await.expect("it is welcome")
    }

    /// With any key; where it is not welcome, what it is told instead.
    pub async fn say_hello(port: u16, id: &str, key: &Secret, encoders: &[&str]) -> Result<Self, ToClient> {
        let url = format!("ws://127.0.0.1:{port}/ws");
        let (socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
        let (sink, stream) = socket.split();
        let (sink, http) = (Arc::new(Mutex::new(sink)), http(id, key));
        let mut worker = Self { sink, stream, http, port, waiting: VecDeque::new() };
        worker.say(&ToServer::Hello(hello(id, key, encoders))).await;
        match worker.heard().await {
            ToClient::Welcome(_) => {}
            other => return Err(other),
        }
        tokio::spawn(beat(Arc::downgrade(&worker.sink)));
        Ok(worker)
    }

    pub async fn say(&mut self, what: &ToServer) {
        said(&self.sink, what).await.unwrap();
    }

    /// False where the session is over; true also where the line is full just now.
    pub async fn try_say(&mut self, what: &ToServer) -> bool {
        tokio::time::timeout(Duration::from_millis(200), said(&self.sink, what))
            .await
            .map_or(true, |sent| sent.is_ok())
    }

    /// The next thing that the server says, pongs left out.
    pub async fn heard(&mut self) -> ToClient {
        loop {
            let next = tokio::time::timeout(ANSWER_WITHIN, self.stream.next()).await;
            let message = next.expect("the server says something").expect("the session lives").unwrap();
            if let Ok(text) = message.to_text()
                && let Ok(said) = serde_json::from_str(text)
                && said != ToClient::Pong
            {
                return said;
            }
        }
    }

    /// What becomes of a lease; offers that come before it wait, as long as nobody takes them back.
    pub async fn verdict(&mut self, lease: LeaseId) -> ToClient {
        loop {
            match self.heard().await {
                ToClient::Offer(offer) => self.waiting.push_back(*offer),
                ToClient::Revoke { lease: other, .. } if other != lease => {
                    self.waiting.retain(|offer| offer.lease != other);
                }
                told => return told,
            }
        }
    }

    pub async fn offer(&mut self) -> Offer {
        if let Some(offer) = self.waiting.pop_front() {
            return offer;
        }
        loop {
            if let ToClient::Offer(offer) = self.heard().await {
                return *offer;
            }
        }
    }

    /// One request of the byte plane; its status.
    pub async fn patch(&self, lease: LeaseId, offset: u64, bytes: &[u8]) -> u16 {
        let request = self.http.patch(format!("http://127.0.0.1:{}{}", self.port, piece_path(lease)));
        let request = request.header(UPLOAD_OFFSET, offset).header(CHUNK_SHA256, digest::of_bytes(bytes));
        request.body(bytes.to_vec()).send().await.unwrap().status().as_u16()
    }

    /// All of a piece, in one request: 204, or 410 where nobody wants it.
    pub async fn put(&self, lease: LeaseId, bytes: &[u8]) -> u16 {
        self.patch(lease, 0, bytes).await
    }

    pub async fn announce(&mut self, lease: LeaseId, piece: SentPiece) {
        self.say(&ToServer::PieceSent { lease, piece }).await;
    }
}
