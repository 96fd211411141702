//! The life of one session. A client's messages become events; they are never trusted to be well-formed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::ids::{ClientId, SessionNo};
use ffmpeg_cluster_common::io::{clock, crash};
use ffmpeg_cluster_common::limits::{HELLO_WITHIN, OUTBOX_MESSAGES_MAX};
use ffmpeg_cluster_common::protocol::release::Release;
use ffmpeg_cluster_common::protocol::to_client::{RefusalCode, ToClient};
use ffmpeg_cluster_common::protocol::to_server::{Hello, ToServer};
use ffmpeg_cluster_common::protocol::{platform_of, read_hello};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::words::{event, understood};
use crate::access::Principal;
use crate::core::incoming::Incoming;
use crate::http::Services;
use crate::http::keys;
use crate::http::rate::Rate;
use crate::http::refusal::Refusal;
use crate::http::socket::Socket;

/// The close code of a refused session; the reason goes with it.
const CLOSE_REFUSED: u16 = 4002;
/// The limit for writing one message; a client that does not read is dropped.
const WRITE_WITHIN: Duration = Duration::from_secs(15);
/// How long an expelled client has to receive the reason.
const LAST_WORDS_WITHIN: Duration = Duration::from_millis(500);

type Sink = SplitSink<Socket, Message>;
type Stream = SplitStream<Socket>;

/// One session, and its caller.
struct Session {
    number: SessionNo,
    principal: Principal,
    services: Services,
}

pub(crate) async fn run(socket: Socket, services: Services, principal: Principal) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = SessionNo(NEXT.fetch_add(1, Ordering::Relaxed));
    let session = Session { number, principal, services };
    let (mut sink, mut stream) = socket.split();
    let greeted = tokio::select! {
        greeted = greet(&session, &mut sink, &mut stream) => greeted,
        () = session.services.tokens.revoked(&session.principal.who) => None,
    };
    if let Some(hello) = greeted {
        serve(&session, hello, sink, stream).await;
    }
}

/// The client's hello, if the client may stay.
async fn greet(session: &Session, sink: &mut Sink, stream: &mut Stream) -> Option<Hello> {
    let (number, services) = (session.number, &session.services);
    let first = match tokio::time::timeout(Duration::from_millis(HELLO_WITHIN.0), stream.next()).await {
        Ok(message) => message?.ok()?,
        Err(_) => {
            let why = format!("no hello within {} s", HELLO_WITHIN.as_secs_f64());
            turn_away(sink, number, RefusalCode::BadHello, why).await;
            return None;
        }
    };
    match admit(&first, services).await {
        Ok(hello) => Some(hello),
        Err((code, mut message)) => {
            if let Some(release) = fitting(&first, code, services).await {
                message = offer_release(sink, release, message).await;
            }
            turn_away(sink, number, code, message).await;
            None
        }
    }
}

/// The release for a client with another version of the protocol, if this server has one.
async fn fitting(first: &Message, code: RefusalCode, services: &Services) -> Option<Release> {
    let platform = platform_of(first.to_text().ok()?).filter(|_| code == RefusalCode::ProtocolVersion)?;
    let releases = services.releases.clone();
    services.runner.background.blocking(move || releases.fitting(&platform)).await.ok()?
}

/// Sends the release. Returns the message with its path and digest, because an older client shows only the message.
async fn offer_release(sink: &mut Sink, release: Release, message: String) -> String {
    let (path, sha256) = (release.path(), release.sha256.clone());
    let text = serde_json::to_string(&ToClient::Release(release)).unwrap_or_default();
    let _ = tokio::time::timeout(WRITE_WITHIN, sink.send(Message::text(text))).await;
    format!("{message}; download it at {path}, SHA-256 {sha256}")
}

async fn turn_away(sink: &mut Sink, session: SessionNo, code: RefusalCode, message: String) {
    tracing::warn!(session = session.0, ?code, "client refused: {message}");
    close(sink, &ToClient::Refused { code, message }).await;
}

/// The key goes no further than this function.
async fn admit(message: &Message, services: &Services) -> Result<Hello, (RefusalCode, String)> {
    let mut hello = said_hello(message)?;
    let key = std::mem::take(&mut hello.client_key);
    keys::claim(services, &hello.client_id, &key).await?;
    Ok(hello)
}

fn said_hello(message: &Message) -> Result<Hello, (RefusalCode, String)> {
    match message.to_text() {
        Ok(text) if message.is_text() => read_hello(text),
        Ok(_) | Err(_) => Err((RefusalCode::BadHello, "the first message is not text".into())),
    }
}

async fn serve(session: &Session, hello: Hello, sink: Sink, stream: Stream) {
    let (number, services) = (session.number, &session.services);
    let client = hello.client_id.clone();
    let (outbox, queue) = mpsc::channel(OUTBOX_MESSAGES_MAX);
    let pongs = outbox.downgrade();
    let (hello, at) = (Box::new(hello), clock::wall());
    let event = Event::ClientUp { client: client.clone(), session: number, hello, at };
    if services.core.incoming.send(Incoming::Session { session: number, outbox, event }).await.is_err() {
        return;
    }
    tokio::select! {
        () = read(session, stream, &client, &pongs) => {}
        () = write(sink, queue) => {}
        () = expelled(session, &client, &pongs) => {}
    }
    services.core.send(Event::ClientGone { client, session: number }).await;
}

/// Completes shortly after the token is revoked, so that the client learns why.
async fn expelled(session: &Session, client: &ClientId, outbox: &mpsc::WeakSender<ToClient>) {
    session.services.tokens.revoked(&session.principal.who).await;
    tracing::warn!(%client, "its token was revoked; its session ends");
    let (code, message) = (RefusalCode::Unauthorized, "the token of this client was revoked".to_owned());
    if let Some(outbox) = outbox.upgrade()
        && outbox.try_send(ToClient::Refused { code, message }).is_ok()
    {
        tokio::time::sleep(LAST_WORDS_WITHIN).await;
    }
}

async fn read(session: &Session, mut stream: Stream, client: &ClientId, pongs: &mpsc::WeakSender<ToClient>) {
    let Session { principal, services, .. } = session;
    let mut rate = Rate::new(Instant::now());
    while let Some(Ok(message)) = stream.next().await {
        if message.is_close() {
            return;
        }
        if !rate.take(Instant::now()) {
            return services.refusals.note(&Refusal::Flood, principal.from);
        }
        let said = understood(&message, client);
        if let (Some(ToServer::Ping { .. }), Some(outbox)) = (&said, pongs.upgrade()) {
            let _ = outbox.try_send(ToClient::Pong);
        }
        let free_disk = if let Some(ToServer::Ping { free_disk }) = said { Some(free_disk) } else { None };
        services.core.send(Event::Heard { client: client.clone(), session: session.number, free_disk }).await;
        let Some(said) = said else { continue };
        if let Some(event) = event(said, session.number, client.clone()) {
            services.core.send(event).await;
        }
    }
}

/// Ends when the driver drops the outbox, or when the client stops reading.
async fn write(mut sink: Sink, mut queue: mpsc::Receiver<ToClient>) {
    while let Some(message) = queue.recv().await {
        if matches!(message, ToClient::Refused { .. }) {
            return close(&mut sink, &message).await;
        }
        let Ok(text) = serde_json::to_string(&message) else { continue };
        match tokio::time::timeout(WRITE_WITHIN, sink.send(Message::text(text))).await {
            Ok(Ok(())) => said(&message),
            Ok(Err(_)) | Err(_) => return,
        }
    }
    let _ = tokio::time::timeout(WRITE_WITHIN, sink.close()).await;
}

/// The client may act on the message from here on.
fn said(message: &ToClient) {
    match message {
        ToClient::Offer(_) => crash::point("server.offer.said"),
        ToClient::Kept { .. } => crash::point("server.piece.acknowledged"),
        _ => {}
    }
}

async fn close(sink: &mut Sink, last: &ToClient) {
    let reason = if let ToClient::Refused { message, .. } = last { message.clone() } else { String::new() };
    // A close frame holds at most 123 bytes of reason.
    let mut short = reason;
    while short.len() > 120 {
        short.pop();
    }
    let text = serde_json::to_string(last).unwrap_or_default();
    let say = async {
        let _ = sink.send(Message::text(text)).await;
        let _ = sink
            .send(Message::Close(Some(CloseFrame { code: CLOSE_REFUSED.into(), reason: short.into() })))
            .await;
        let _ = sink.close().await;
    };
    let _ = tokio::time::timeout(WRITE_WITHIN, say).await;
}
