//! One connection: TLS or plain by its first byte, then HTTP/1.1 requests, with limits on the time and size of each head.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OnceCell, watch};

use super::paced::Paced;
use super::places::Place;
use super::side::{Side, revoked};
use super::{Gate, request};

/// The limit for the first byte, for the TLS handshake, and for each head.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
const HEAD_BYTES_MAX: usize = 16 * 1024;
const HEADERS_MAX: usize = 64;
/// hyper's own buffer for each direction.
const BUFFER_BYTES: usize = 64 * 1024;
/// The first byte of every TLS connection.
const TLS_HANDSHAKE: u8 = 0x16;

/// Runs until the connection ends, or until another one takes its place.
pub(super) async fn run(gate: Gate, stream: TcpStream, theirs: SocketAddr, place: Place) {
    let pushed = place.pushed();
    tokio::select! {
        () = pushed.cancelled() => tracing::debug!(from = %theirs.ip(), "closed to make way for another connection"),
        () = begin(gate, stream, theirs, place) => {}
    }
}

async fn begin(gate: Gate, stream: TcpStream, theirs: SocketAddr, place: Place) {
    let Ok(ours) = stream.local_addr() else { return };
    let ours = SocketAddr::new(ours.ip().to_canonical(), ours.port());
    let _ = stream.set_nodelay(true);
    let mut first = [0];
    let peeked = tokio::time::timeout(HEAD_WITHIN, stream.peek(&mut first)).await;
    let Ok(Ok(1)) = peeked else { return };
    let side = |is_secure| {
        let (same_user, asker) = (OnceCell::new(), watch::Sender::default());
        Arc::new(Side { theirs, ours, is_secure, same_user, asker, place })
    };
    if first[0] != TLS_HANDSHAKE {
        return talk(&gate, stream, side(false)).await;
    }
    match tokio::time::timeout(HEAD_WITHIN, gate.tls.accept(stream)).await {
        Ok(Ok(stream)) => talk(&gate, stream, side(true)).await,
        Ok(Err(error)) => tracing::debug!(from = %theirs.ip(), "the TLS handshake failed: {error}"),
        Err(_) => tracing::debug!(from = %theirs.ip(), "the TLS handshake timed out"),
    }
}

async fn talk(gate: &Gate, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, side: Arc<Side>) {
    let (asked, revoked) = (gate.clone(), revoked(side.asker.subscribe(), &gate.services.tokens));
    let service = service_fn(move |request| request::answer(asked.clone(), side.clone(), request));
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .max_header_size(HEAD_BYTES_MAX)
        .max_headers(HEADERS_MAX)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(Paced::new(stream)), service)
        .with_upgrades();
    tokio::pin!(connection);
    let closing = gate.connections.stop().clone();
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = revoked => return,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!("a connection ended: {error}");
    }
}
