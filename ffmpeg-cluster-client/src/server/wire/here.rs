//! Checks which user runs a plain server on this machine before it gets the first byte.
//!
//! Any user may listen there while our server is away, or beside our server at the other address of `localhost`.
//! The check looks at the connection, not at the port, because the program that listened a moment ago may not be the
//! one that answers.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use ffmpeg_cluster_common::io::owners::{self, Owners, Whose};
use ffmpeg_cluster_common::io::spawn::Background;
use hyper_util::client::legacy::connect::{Connection, HttpInfo};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::net::TcpStream;
use tower_layer::Layer;
use tower_service::Service;
use warp::http::Extensions;

/// The error by which [`super::stranger`] finds its sentence for people.
pub(super) const ANOTHER_USERS: &str = "another user of this machine listens there";

#[derive(Debug, Clone)]
pub(super) struct OwnerCheck {
    port: u16,
    owners: Owners,
    background: Background,
}

impl OwnerCheck {
    pub(super) fn new(port: u16) -> Self {
        Self { port, owners: Owners::default(), background: Background::default() }
    }

    /// Connects to the name's first address where our own server, or a server on another machine, answers.
    pub(super) async fn connect(&self, name: &str) -> io::Result<TcpStream> {
        let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
        for address in self.addresses(name).await? {
            match self.connect_at(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn connect_at(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let stream = TcpStream::connect(address).await?;
        self.check(stream.peer_addr()?, stream.local_addr()?).await?;
        Ok(stream)
    }

    /// The addresses at which no stranger listens.
    async fn addresses(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        let (mut all, mut strange) = (Vec::new(), false);
        for address in tokio::net::lookup_host((name, self.port)).await? {
            let listener = match address.ip().is_loopback() {
                true => self.owners.of_listener(address, &self.background).await,
                false => None,
            };
            match listener {
                Some(Whose::Strangers) => strange = true,
                _ => all.push(address),
            }
        }
        if all.is_empty() && strange { Err(io::Error::other(ANOTHER_USERS)) } else { Ok(all) }
    }

    async fn check(&self, theirs: SocketAddr, ours: SocketAddr) -> io::Result<()> {
        let ip = theirs.ip().to_canonical();
        if !ip.is_loopback() && ip != ours.ip().to_canonical() {
            return Ok(());
        }
        match self.owners.of_server(theirs, ours, &self.background).await {
            Whose::Ours | Whose::Root | Whose::Untold => Ok(()),
            Whose::Strangers => Err(io::Error::other(ANOTHER_USERS)),
            Whose::Nobodys if owners::are_told().is_err() => Err(io::Error::other(
                "/proc/net/tcp can't be read, so this client can't tell which user's server listens there",
            )),
            Whose::Nobodys => {
                Err(io::Error::new(ErrorKind::ConnectionReset, "the server there has just stopped listening"))
            }
        }
    }
}

impl Resolve for OwnerCheck {
    fn resolve(&self, name: Name) -> Resolving {
        let this = self.clone();
        Box::pin(async move {
            let all = this.addresses(name.as_str()).await?;
            Ok(Box::new(all.into_iter()) as Addrs)
        })
    }
}

impl<S> Layer<S> for OwnerCheck {
    type Service = OwnerChecked<S>;

    fn layer(&self, inner: S) -> OwnerChecked<S> {
        OwnerChecked { inner, here: self.clone() }
    }
}

/// Makes connections as `inner` does, and returns only those with a trusted other end.
#[derive(Debug, Clone)]
pub(super) struct OwnerChecked<S> {
    inner: S,
    here: OwnerCheck,
}

type BoxError = Box<dyn Error + Send + Sync>;

impl<S, R> Service<R> for OwnerChecked<S>
where
    S: Service<R, Error = BoxError>,
    S::Response: Connection + Send + 'static,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let (connecting, here) = (self.inner.call(request), self.here.clone());
        Box::pin(async move {
            let connection = connecting.await?;
            let mut told = Extensions::new();
            connection.connected().get_extras(&mut told);
            let ends = told.get::<HttpInfo>().ok_or("the connection does not tell its addresses")?;
            here.check(ends.remote_addr(), ends.local_addr()).await?;
            Ok(connection)
        })
    }
}
