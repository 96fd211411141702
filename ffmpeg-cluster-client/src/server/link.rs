//! One session's WebSocket: small control messages as JSON text, both ways, bounded in size and in number.
//!
//! It does not interpret the messages. The session ends when either side closes it, or when its [`Outbox`] is
//! dropped; then it still sends the queued messages and a close frame.

use std::time::Duration;

use anyhow::{Context, bail};
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::limits::{MESSAGE_BYTES_MAX, OUTBOX_MESSAGES_MAX, SILENCE_MAX};
use ffmpeg_cluster_common::protocol::to_client::{RefusalCode, ToClient};
use ffmpeg_cluster_common::protocol::to_server::ToServer;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use reqwest::header::AUTHORIZATION;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::Response;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};

use crate::server::address::Server;
use crate::server::api::{Trouble, refusal};
use crate::server::wire;

/// A server that takes longer to answer counts as gone.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// Control messages are small; tungstenite's default buffers are too large for them.
const BUFFER_BYTES: usize = 8 * 1024;
/// Time for the last messages of a session that ends.
const FLUSH_WITHIN: Duration = Duration::from_secs(2);

/// What happens on a link, in this order: `Up`, then any number of `Heard`, then one `Down`.
#[derive(Debug)]
pub(crate) enum LinkEvent {
    Up,
    Heard(ToClient),
    /// The only event if no connection was made. If the server refuses the session, its refusal comes first.
    Down(String),
}

/// The queue of messages to the server.
#[derive(Debug)]
pub(crate) struct Outbox(mpsc::Sender<ToServer>);

impl Outbox {
    /// Returns false if the server reads too slowly or no longer reads: the caller should give up the session.
    pub(crate) fn put(&self, message: ToServer) -> bool {
        self.0.try_send(message).is_ok()
    }
}

/// Connects in the background; calls and awaits `tell` for every event.
pub(crate) fn open<F>(
    server: &Server,
    background: &Background,
    tell: impl Fn(LinkEvent) -> F + Send + Sync + 'static,
) -> Outbox
where
    F: Future<Output = ()> + Send,
{
    let (outbox, queue) = mpsc::channel(OUTBOX_MESSAGES_MAX);
    let server = server.clone();
    drop(background.spawn("link", async move {
        let reason = match session(&server, queue, &tell).await {
            Ok(reason) => reason,
            Err(error) => {
                if let Some(RefusedForGood(message)) = error.downcast_ref() {
                    let (code, message) = (RefusalCode::Unauthorized, message.clone());
                    tell(LinkEvent::Heard(ToClient::Refused { code, message })).await;
                }
                wire::stranger(error.as_ref()).map_or_else(|| format!("{error:#}"), str::to_owned)
            }
        };
        tell(LinkEvent::Down(reason)).await;
    }));
    Outbox(outbox)
}

async fn session<F>(
    server: &Server,
    queue: mpsc::Receiver<ToServer>,
    tell: &(impl Fn(LinkEvent) -> F + Sync),
) -> anyhow::Result<String>
where
    F: Future<Output = ()> + Send,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * MESSAGE_BYTES_MAX)
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let connected = tokio::time::timeout(CONNECT_WITHIN, connect(server, config)).await;
    let socket = connected.context("no answer")??;
    tell(LinkEvent::Up).await;
    let (sink, stream) = socket.split();
    tokio::select! {
        heard = read(stream, tell) => heard,
        written = write(sink, queue) => written.map(|()| "closed by this client".to_owned()),
    }
}

async fn connect(
    server: &Server,
    config: WebSocketConfig,
) -> anyhow::Result<WebSocketStream<Box<dyn wire::Stream>>> {
    let mut request = server.socket_url("/ws").into_client_request().context("the server's address")?;
    if let Some(pass) = &server.pass {
        request.headers_mut().insert(AUTHORIZATION, wire::authorization(pass)?);
    }
    let stream = wire::connect(server).await?;
    let greeted = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await;
    Ok(greeted.map_err(plainly)?.0)
}

/// The server refuses this client for good; another attempt would not change that.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct RefusedForGood(String);

/// The refusal that our server sends instead of a session.
fn refused(answer: &Response<Option<Vec<u8>>>) -> Option<anyhow::Error> {
    let value = serde_json::from_slice(answer.body().as_deref()?).ok()?;
    let Some(Trouble::Refused { code, message }) = refusal(&value) else { return None };
    let is_final = ["UNAUTHORIZED", "NOT_ALLOWED", "TLS_REQUIRED"].contains(&code.as_str());
    Some(if is_final { RefusedForGood(message).into() } else { anyhow::anyhow!("{message} ({code})") })
}

/// Explains tungstenite's usual errors to people.
fn plainly(error: tungstenite::Error) -> anyhow::Error {
    if let tungstenite::Error::Http(answer) = &error {
        let strange =
            || anyhow::anyhow!("it answers {} and is not an FFmpeg Cluster server", answer.status());
        return refused(answer).unwrap_or_else(strange);
    }
    match error {
        tungstenite::Error::Io(error) => error.into(),
        other => other.into(),
    }
}

async fn read<F>(
    mut stream: impl Stream<Item = Result<Message, tungstenite::Error>> + Unpin,
    tell: &impl Fn(LinkEvent) -> F,
) -> anyhow::Result<String>
where
    F: Future<Output = ()> + Send,
{
    while let Some(message) = stream.next().await {
        match message.map_err(plainly)? {
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(heard) => tell(LinkEvent::Heard(heard)).await,
                // A newer server may send messages that we do not know. Those that matter need a newer protocol number.
                Err(error) => tracing::debug!("this client can't read a message of the server: {error}"),
            },
            Message::Close(Some(frame)) if !frame.reason.is_empty() => {
                return Ok(format!("closed by the server ({}): {}", frame.code, frame.reason));
            }
            Message::Close(_) => return Ok("closed by the server".into()),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
    Ok("the connection ended".into())
}

async fn write(
    mut sink: impl Sink<Message, Error = tungstenite::Error> + Unpin,
    mut queue: mpsc::Receiver<ToServer>,
) -> anyhow::Result<()> {
    while let Some(message) = queue.recv().await {
        let text = serde_json::to_string(&message).context("writing a message as JSON")?;
        let sending = sink.send(Message::text(text));
        match tokio::time::timeout(Duration::from_millis(SILENCE_MAX.0), sending).await {
            Ok(sent) => sent.map_err(plainly)?,
            Err(_) => bail!("the server reads no more bytes"),
        }
    }
    let _ = tokio::time::timeout(FLUSH_WITHIN, sink.close()).await;
    Ok(())
}

#[cfg(test)]
mod tests;
