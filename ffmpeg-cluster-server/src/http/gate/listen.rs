//! The server's port.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Socket, Type};
use tokio::net::TcpListener;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;

/// `::` listens on IPv4 and IPv6, or on IPv4 alone if the machine has no IPv6.
pub(crate) fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let both = address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    match listen_at(address, both) {
        Err(error) if both && error.kind() != ErrorKind::AddrInUse => {
            listen_at((Ipv4Addr::UNSPECIFIED, address.port()).into(), false)
        }
        other => other,
    }
}

fn listen_at(address: SocketAddr, both: bool) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    if both {
        socket.set_only_v6(false)?;
    }
    // Lets a restart bind its port while old connections are still in TIME_WAIT.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}
