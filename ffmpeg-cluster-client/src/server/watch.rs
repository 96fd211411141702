//! What happens on the server, as it happens: the WebSocket of `/api/v1/events`, which tells events and, between them, what moves.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::header::AUTHORIZATION;
use serde_json::Value;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{Response, StatusCode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::address::Server;
use super::api::{Trouble, refusal};
use super::wire;

const EVENTS: &str = "/api/v1/events";
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// The server says something every 15 seconds.
const SILENCE_MAX: Duration = Duration::from_secs(45);
/// A frame about the progress of many thousand jobs.
const FRAME_BYTES_MAX: usize = 16 << 20;

pub(crate) struct Watch {
    socket: WebSocketStream<Box<dyn wire::Stream>>,
    server: String,
}

impl Watch {
    /// `query` without its question mark. None: the server is older than events.
    pub(crate) async fn begin(server: &Server, query: &str) -> Result<Option<Self>, Trouble> {
        let greeted = timeout(CONNECT_WITHIN, connect(server, query)).await;
        let unreachable = |cause: String| Trouble::Unreachable { server: server.to_string(), cause };
        let error = match greeted {
            Err(_) => return Err(unreachable("no answer in time".to_owned())),
            Ok(Ok(socket)) => return Ok(Some(Self { socket, server: server.to_string() })),
            Ok(Err(error)) => error,
        };
        match error.downcast_ref() {
            Some(Error::Http(answer)) => refused(server, answer).map_or(Ok(None), Err),
            _ => Err(match wire::stranger(error.as_ref()) {
                Some(what) => Trouble::Stranger { server: server.to_string(), what },
                None => unreachable(error.root_cause().to_string()),
            }),
        }
    }

    /// The next event, or a frame of the type `progress`. Nothing is lost when the future is dropped before it is ready.
    pub(crate) async fn next(&mut self) -> Result<Value, Trouble> {
        loop {
            let message = match timeout(SILENCE_MAX, self.socket.next()).await {
                Err(_) => return Err(self.broken("the server says nothing any more")),
                Ok(None | Some(Ok(Message::Close(_)))) => return Err(self.broken("closed by the server")),
                Ok(Some(Err(error))) => return Err(self.broken(&error.to_string())),
                Ok(Some(Ok(message))) => message,
            };
            if let Message::Text(text) = message {
                let server = self.server.clone();
                return serde_json::from_str(&text)
                    .map_err(|error| Trouble::Strange { server, cause: error.to_string() });
            }
        }
    }

    fn broken(&self, cause: &str) -> Trouble {
        Trouble::Broken { server: self.server.clone(), cause: cause.to_owned() }
    }
}

async fn connect(server: &Server, query: &str) -> anyhow::Result<WebSocketStream<Box<dyn wire::Stream>>> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(FRAME_BYTES_MAX))
        .max_frame_size(Some(FRAME_BYTES_MAX));
    let mut request = server.socket_url(&format!("{EVENTS}?{query}")).into_client_request()?;
    if let Some(pass) = &server.pass {
        request.headers_mut().insert(AUTHORIZATION, wire::authorization(pass)?);
    }
    let stream = wire::connect(server).await?;
    Ok(tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?.0)
}

/// None: there is nothing at this address, or no WebSocket.
fn refused(server: &Server, answer: &Response<Option<Vec<u8>>>) -> Option<Trouble> {
    let body = answer.body().as_deref().and_then(|body| serde_json::from_slice(body).ok());
    let refused = body.as_ref().and_then(refusal);
    let is_named = matches!(&refused, Some(Trouble::Refused { code, .. }) if code.ends_with("_NOT_FOUND"));
    let is_absent = matches!(answer.status(), StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED);
    if is_absent && !is_named {
        return None;
    }
    let strange = || Trouble::Strange { server: server.to_string(), cause: answer.status().to_string() };
    Some(refused.unwrap_or_else(strange))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response<Option<Vec<u8>>> {
        Response::builder().status(status).body(Some(body.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn an_older_server_is_told_from_one_that_refuses() {
        let told = |status, body: &str| refused(&Server::plain("a", 1), &answer(status, body));
        let nothing = r#"{"Error":{"code":"INVALID_REQUEST","message":"there is nothing at this address"}}"#;
        assert!(told(404, nothing).is_none());
        let no_job = r#"{"Error":{"code":"JOB_NOT_FOUND","message":"there is no such job"}}"#;
        assert!(matches!(told(404, no_job), Some(Trouble::Refused { .. })));
        let bad = r#"{"Error":{"code":"INVALID_REQUEST","message":"types"}}"#;
        assert!(matches!(told(400, bad), Some(Trouble::Refused { .. })));
        assert!(matches!(told(502, "<html>"), Some(Trouble::Strange { .. })));
    }
}
