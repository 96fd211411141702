//! Admits connections and requests; only what it admits reaches a handler.
//!
//! - [`listen`]: the listening socket.
//! - [`places`]: limits on connections, in all and from one neighbour.
//! - [`measured`]: counts bytes of films.
//! - [`paced`]: drops peers that are slow on purpose.
//! - [`judge`]: what a head alone tells: names, pages, tokens.
//! - [`side`]: who is at the other end.
//! - [`request`]: one request: who the caller is, what the caller may do, then the row's answer or a WebSocket.
//! - [`upgrades`]: requests that become WebSockets.
//! - [`connection`]: TLS or plain by its first byte, then requests, with limits on the time and size of each head.

mod connection;
mod judge;
mod listen;
mod measured;
mod paced;
mod places;
mod request;
mod side;
mod upgrades;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ffmpeg_cluster_common::io::owners::{Owners, Whose};
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::{files, system};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use warp::filters::BoxedFilter;
use warp::reply::Response;

pub(crate) use self::listen::listen;

use self::judge::Names;
use self::places::{Neighbour, Places};
use self::side::Side;
use crate::access::{self, certificate::Certificate};
use crate::http::Services;
use crate::http::call::Caller;
use crate::http::cookie::Cookie;
use crate::http::refusal::Refusal;
use crate::http::routes;

/// Memory for the bodies of requests and answers, over all connections.
const HELD_KIB_MAX: usize = 256 << 10;
/// Clients, and people with a WebSocket for commands, at a time.
const CLIENTS_MAX: usize = 4096;
const COMMANDERS_MAX: usize = 256;
/// How often freed memory is returned to the system, for instance after a flood.
const TIDY_EVERY: Duration = Duration::from_secs(10);
/// `accept` fails when file descriptors run out; retrying at once would only burn the processor.
const PAUSE: Duration = Duration::from_millis(100);

/// The cookie of browsers that come by TLS, and of others.
#[derive(Debug, Clone)]
struct Cookies {
    secure: Cookie,
    plain: Cookie,
}

impl Cookies {
    fn new(certificate: &Certificate) -> Self {
        let of = |is_secure| Cookie::new(&certificate.fingerprint, is_secure);
        Self { secure: of(true), plain: of(false) }
    }

    fn of(&self, side: &Side) -> &Cookie {
        if side.is_secure { &self.secure } else { &self.plain }
    }
}

/// What all connections share.
#[derive(Clone)]
pub(crate) struct Gate {
    services: Services,
    handlers: BoxedFilter<(Response,)>,
    tls: TlsAcceptor,
    names: Arc<Names>,
    cookies: Cookies,
    places: Places,
    owners: Owners,
    held: Arc<Semaphore>,
    clients: Arc<Semaphore>,
    commanders: Arc<Semaphore>,
    connections: Background,
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gate").finish_non_exhaustive()
    }
}

impl Gate {
    /// `connections` tracks everything that ends when the server closes.
    pub(crate) fn new(services: Services, certificate: &Certificate, connections: Background) -> Self {
        let own = services.runner.settings.host_names.iter().cloned().chain(access::host_names());
        Self {
            names: Arc::new(Names::new(own)),
            cookies: Cookies::new(certificate),
            handlers: routes::filter(services.clone()),
            services,
            tls: TlsAcceptor::from(certificate.tls.clone()),
            places: Places::new(files::most()),
            owners: Owners::default(),
            held: Arc::new(Semaphore::new(HELD_KIB_MAX)),
            clients: Arc::new(Semaphore::new(CLIENTS_MAX)),
            commanders: Arc::new(Semaphore::new(COMMANDERS_MAX)),
            connections,
        }
    }

    /// For tests: limits the number of clients.
    #[cfg(test)]
    pub(crate) fn with_clients_max(mut self, clients_max: usize) -> Self {
        self.clients = Arc::new(Semaphore::new(clients_max));
        self
    }

    fn caller(&self, side: &Side) -> Caller {
        Caller { from: side.theirs.ip(), cookie: self.cookies.of(side).clone() }
    }

    /// Accepts connections until the server closes.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let closing = self.connections.stop().clone();
        let mut tidying = tokio::time::interval(TIDY_EVERY);
        loop {
            let accepted = tokio::select! {
                () = closing.cancelled() => return,
                accepted = listener.accept() => accepted,
                _ = tidying.tick() => {
                    drop(self.connections.blocking(system::give_back));
                    continue;
                }
            };
            match accepted {
                Ok((stream, from)) => self.take(stream, from),
                Err(error) => {
                    tracing::warn!("accepting a connection failed: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn take(&self, mut stream: TcpStream, from: SocketAddr) {
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        if let Some(place) = self.places.take(neighbour(&self.owners, &stream, from)) {
            drop(self.connections.spawn("connection", connection::run(self.clone(), stream, from, place)));
            return;
        }
        self.services.refusals.note(&Refusal::Crowded, from.ip());
        // Only what fits into the socket's own buffer; nobody waits for a refused connection.
        let _ = futures_util::FutureExt::now_or_never(stream.write_all(CROWDED));
    }
}

/// The group whose places the caller shares. Our own user is recognised before the place is taken: otherwise a loop of
/// connections by a stranger would push out our user's connection before its first request.
fn neighbour(owners: &Owners, stream: &TcpStream, from: SocketAddr) -> Neighbour {
    let ours = stream.local_addr().map(|ours| SocketAddr::new(ours.ip().to_canonical(), ours.port()));
    match ours {
        Ok(ours) if from.ip().is_loopback() || from.ip() == ours.ip() => {
            let whose = owners.of_caller_now(from, ours);
            if whose.is_some_and(Whose::is_trusted) { Neighbour::Ours } else { Neighbour::Here }
        }
        _ => Neighbour::at(from.ip()),
    }
}

const CROWDED: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 5\r\n\
    connection: close\r\n\r\n{\"Error\":{\"code\":\"BUSY\",\"message\":\"the server has reached its limit of connections; try again later\"}}";
