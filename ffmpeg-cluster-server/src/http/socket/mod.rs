//! Our own handshake for WebSockets, because the buffers of a connection are chosen there: the usual ones are made for
//! bulk, and cost a hundred kilobytes for each idle client.

use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use warp::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use warp::reply::Response;

mod frames;

use self::frames::Framed;

/// A WebSocket over any kind of connection.
pub(crate) type Socket = WebSocketStream<Framed<TokioIo<hyper::upgrade::Upgraded>>>;

const BUFFER_BYTES: usize = 8 * 1024;

/// The value of `Sec-WebSocket-Accept`, if this is a WebSocket handshake.
pub(in crate::http) fn accept_key(method: &Method, headers: &HeaderMap) -> Option<HeaderValue> {
    let says = |name: header::HeaderName, word: &str| {
        let all = headers.get_all(name);
        let mut words = all.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        words.any(|found| found.trim().eq_ignore_ascii_case(word))
    };
    let asked = method == Method::GET
        && says(header::CONNECTION, "upgrade")
        && says(header::UPGRADE, "websocket")
        && says(header::SEC_WEBSOCKET_VERSION, "13");
    let key = headers.get(header::SEC_WEBSOCKET_KEY)?;
    // Sixteen bytes in base64.
    let fits = key.len() == 24 && key.as_bytes().ends_with(b"==");
    if asked && fits { HeaderValue::try_from(derive_accept_key(key.as_bytes())).ok() } else { None }
}

pub(in crate::http) fn switching(key: HeaderValue) -> Response {
    let mut answer = Response::default();
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, key);
    answer
}

/// The WebSocket, after the answer is sent. `message_max` bounds frames and messages alike.
pub(in crate::http) async fn finish<B>(request: &mut Request<B>, message_max: usize) -> Option<Socket> {
    let upgraded = hyper::upgrade::on(request).await.ok()?;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * message_max)
        .max_message_size(Some(message_max))
        .max_frame_size(Some(message_max));
    let framed = Framed::new(TokioIo::new(upgraded));
    Some(WebSocketStream::from_raw_socket(framed, Role::Server, Some(config)).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_handshake_counts() {
        let all = [
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let with = |changed: &str, value: &str| {
            let mut headers = HeaderMap::new();
            for (name, usual) in all {
                headers.insert(name, if name == changed { value } else { usual }.parse().unwrap());
            }
            accept_key(&Method::GET, &headers)
        };
        assert_eq!(with("", "").unwrap(), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        for (name, value) in [
            ("connection", "close"),
            ("upgrade", "h2c"),
            ("sec-websocket-version", "8"),
            ("sec-websocket-key", "short"),
        ] {
            assert_eq!(with(name, value), None, "{name}: {value}");
        }
    }
}
