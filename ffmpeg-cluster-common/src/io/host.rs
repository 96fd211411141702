//! This machine's name, and the address at which others reach it.

use std::net::{IpAddr, UdpSocket};

/// The host name.
#[cfg(unix)]
pub fn name() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(windows)]
pub fn name() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}

/// Our address on outgoing connections.
/// The system looks up the route to an address that is reserved for examples; it sends no packet.
pub fn address() -> Option<IpAddr> {
    let seen_from = |ours: &str, theirs: &str| {
        let socket = UdpSocket::bind(ours).ok()?;
        socket.connect(theirs).ok()?;
        Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_unspecified())
    };
    seen_from("0.0.0.0:0", "192.0.2.1:9").or_else(|| seen_from("[::]:0", "[2001:db8::1]:9"))
}
