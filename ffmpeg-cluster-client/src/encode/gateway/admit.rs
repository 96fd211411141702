//! Admits programs of our own user to the gateway: as many as a client needs, if each sends its head in time.
//!
//! A program of this user outside the sandbox can read the chunks on the disk and this process's memory anyway.
//! A program in the sandbox can't. The gateway admits it too: it finds only the film whose key it has.
//! The gateway refuses root like any other user, because root runs forwarders for others.
//! Root itself can read all of that without the gateway.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use ffmpeg_cluster_common::io::owners::{self, Owners};
use ffmpeg_cluster_common::io::spawn::Background;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use warp::filters::BoxedFilter;
use warp::reply::Response;

/// Connections of our own user at a time; each ffmpeg has one or two.
const SERVED_MAX: usize = 256;
/// Connections whose user is not known yet. Further ones wait in the system's queue, where they cost no open file.
const UNKNOWN_MAX: usize = 64;
const HEAD_WITHIN: Duration = Duration::from_secs(10);
const HEAD_BYTES_MAX: usize = 16 * 1024;
const HEADERS_MAX: usize = 64;
/// If accepting fails, the process has no file handle left; an attempt at once would only waste processor time.
const PAUSE: Duration = Duration::from_millis(100);

/// Connections that may wait to be accepted. If a stranger fills the queue, the system drops our own ffmpeg's.
const BACKLOG: u32 = 4096;

/// Listens on a free port of the loopback interface.
pub(super) fn listen() -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
    socket.listen(BACKLOG)
}

#[derive(Clone)]
pub(super) struct GatewayListener {
    routes: BoxedFilter<(Response,)>,
    owners: Owners,
    served: Arc<Semaphore>,
    unknown: Arc<Semaphore>,
    background: Background,
}

impl std::fmt::Debug for GatewayListener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GatewayListener").finish_non_exhaustive()
    }
}

impl GatewayListener {
    /// Fails if the system's table can't be read: then even our own ffmpeg's user is unknown.
    pub(super) fn new(routes: BoxedFilter<(Response,)>, background: Background) -> anyhow::Result<Self> {
        owners::are_told().context(
            "/proc/net/tcp can't be read, so this client could not tell its own ffmpeg from other users' programs; let it read /proc/net",
        )?;
        Ok(Self {
            routes,
            owners: Owners::default(),
            served: Arc::new(Semaphore::new(SERVED_MAX)),
            unknown: Arc::new(Semaphore::new(UNKNOWN_MAX)),
            background,
        })
    }

    /// Serves until the background stops.
    pub(super) async fn serve(self, listener: TcpListener) {
        let stop = self.background.stop().clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.accept(listener) => {}
        }
    }

    async fn accept(&self, listener: TcpListener) {
        while let Ok(unknown) = self.unknown.clone().acquire_owned().await {
            match listener.accept().await {
                Ok((stream, from)) => {
                    let this = self.clone();
                    drop(
                        self.background
                            .spawn("reader", async move { this.admit(stream, from, unknown).await }),
                    );
                }
                Err(error) => {
                    tracing::warn!("ffmpeg can't reach its source now and waits: {error}");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn admit(&self, stream: TcpStream, from: SocketAddr, unknown: OwnedSemaphorePermit) {
        let Ok(ours) = stream.local_addr() else { return };
        if !self.owners.of_caller(from, ours, &self.background).await.is_ours() {
            tracing::debug!(
                "refused a request for a source: another user of this machine sent it, or its connection had ended"
            );
            return;
        }
        let Ok(_served) = self.served.clone().acquire_owned().await else { return };
        drop(unknown);
        let stop = self.background.stop().clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.talk(stream) => {}
        }
    }

    async fn talk(&self, stream: TcpStream) {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_WITHIN)
            .max_header_size(HEAD_BYTES_MAX)
            .max_headers(HEADERS_MAX)
            .serve_connection(
                TokioIo::new(stream),
                TowerToHyperService::new(warp::service(self.routes.clone())),
            );
        if let Err(error) = connection.await {
            tracing::trace!("a reader's connection ended: {error}");
        }
    }
}
