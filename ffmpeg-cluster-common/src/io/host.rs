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
    seen_from("0.0.0.0:0", "192.0.2.1:9")
        .or_else(|| seen_from("[::]:0", "[2001:db8::1]:9"))
        .or_else(of_network)
}

/// An address of ours, where no route leads out, as in a network without a router: others may reach it, and nobody may be able
/// to resolve our name.
fn of_network() -> Option<IpAddr> {
    let all = if_addrs::get_if_addrs().ok()?;
    let ours =
        all.iter().filter(|one| !one.is_loopback() && !one.is_link_local()).map(if_addrs::Interface::ip);
    ours.min_by_key(|ip| (ip.is_ipv6(), *ip))
}
