//! The address of the server, and the pass by which a joined server and this client recognise each other.

use std::fmt;
use std::net::{IpAddr, UdpSocket};

use ffmpeg_cluster_common::access::invite::Fingerprint;
use ffmpeg_cluster_common::access::role::Role;
use ffmpeg_cluster_common::access::secret::Secret;

/// A server, joined or plain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// A name or an address, without brackets.
    pub(crate) ip: String,
    pub(crate) port: u16,
    /// Only for a joined server, which we reach over TLS.
    pub(crate) pass: Option<Pass>,
}

/// The token that a joined server accepts, and the certificate by which we recognise it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) role: Role,
    pub(crate) token: Secret,
    pub(crate) fingerprint: Fingerprint,
}

impl Server {
    pub(crate) fn plain(ip: &str, port: u16) -> Self {
        Self { ip: ip.to_owned(), port, pass: None }
    }
    /// `path` with its leading slash.
    pub(crate) fn url(&self, path: &str) -> String {
        let secure = if self.pass.is_some() { "s" } else { "" };
        format!("http{secure}://{self}{path}")
    }
    /// Of the WebSocket at `path`.
    pub(crate) fn socket_url(&self, path: &str) -> String {
        let secure = if self.pass.is_some() { "s" } else { "" };
        format!("ws{secure}://{self}{path}")
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ip.contains(':') {
            write!(f, "[{}]:{}", self.ip, self.port)
        } else {
            write!(f, "{}:{}", self.ip, self.port)
        }
    }
}

/// Whether a name or an address is one of this machine.
pub(crate) fn is_here(host: &str) -> bool {
    let address: Result<IpAddr, _> = host.parse();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(is_own)
}

/// Only an address of this machine can be listened at here.
fn is_own(address: IpAddr) -> bool {
    address.is_loopback() || UdpSocket::bind((address, 0)).is_ok()
}
