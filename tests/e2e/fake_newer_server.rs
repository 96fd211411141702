//! A server that is none, and of another release: every client is too old for it. It has a zip for them, good or bad.
//! A real one of another release would have to be built first.

use std::path::Path;
use std::sync::Arc;

use ffmpeg_cluster_common::access::invite::Join;
use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::protocol::release::Release;
use ffmpeg_cluster_common::protocol::to_client::{RefusalCode, ToClient};
use ffmpeg_cluster_server::Certificate;
use ffmpeg_cluster_server::store::folders::Folders;
use futures_util::{SinkExt, StreamExt};
use harness::log::Log;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;

#[derive(Debug)]
pub struct FakeNewerServer {
    pub join: Join,
    /// A line for each hello and each request.
    pub log: Log,
}

impl FakeNewerServer {
    /// Says that its release is `version`, and sends `zip` for it; `announced` may spoil what it says of it.
    pub async fn start(folder: &Path, zip: Vec<u8>, announced: impl FnOnce(&mut Release)) -> Self {
        let folders = Folders::new(folder).unwrap();
        let certificate = Certificate::load_or_make(&folders, None, vec!["localhost".into()]).unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let join = Join {
            host: "127.0.0.1".into(),
            port: listener.local_addr().unwrap().port(),
            role: Role::Worker,
            token: Secret::new("fake-token-of-a-fake-server"),
            fingerprint: certificate.fingerprint.parse().unwrap(),
        };
        let mut release = Release {
            platform: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
            version: env!("CARGO_PKG_VERSION").into(),
            bytes: zip.len() as u64,
            sha256: digest::of_bytes(&zip),
        };
        announced(&mut release);
        let (log, tls) = (Log::default(), TlsAcceptor::from(certificate.tls.clone()));
        let shared = Arc::new((zip, release, log.clone()));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, tls.clone(), shared.clone()));
            }
        });
        Self { join, log }
    }
}

async fn answer(stream: TcpStream, tls: TlsAcceptor, what: Arc<(Vec<u8>, Release, Log)>) -> Option<()> {
    let (zip, release, log) = &*what;
    let mut stream = tls.accept(stream).await.ok()?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    if !head.starts_with("GET /ws ") {
        log.add(head.lines().next()?.to_owned());
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", zip.len());
        stream.write_all(head.as_bytes()).await.ok()?;
        stream.write_all(zip).await.ok()?;
        return stream.shutdown().await.ok();
    }
    let key = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().starts_with("sec-websocket-key:").then(|| &line[18..]))?;
    let accept = tokio_tungstenite::tungstenite::handshake::derive_accept_key(key.trim().as_bytes());
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: {accept}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    let role = tokio_tungstenite::tungstenite::protocol::Role::Server;
    let mut socket = tokio_tungstenite::WebSocketStream::from_raw_socket(stream, role, None).await;
    log.add(format!("hello {}", socket.next().await?.ok()?.into_text().ok()?));
    let refused = ToClient::Refused { code: RefusalCode::ProtocolVersion, message: "fake: too old".into() };
    for said in [ToClient::Release(release.clone()), refused] {
        socket.send(Message::text(serde_json::to_string(&said).ok()?)).await.ok()?;
    }
    // Until the client has hung up.
    while let Some(Ok(_)) = socket.next().await {}
    Some(())
}
