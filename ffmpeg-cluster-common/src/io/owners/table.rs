//! Linux's table of sockets, in `/proc/net/tcp` and `tcp6`.
//!
//! A socket that its program has closed, or that a server has not accepted yet, belongs to nobody.
//! The table lists it under user 0, which must not pass for root; such a line has no inode.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{IS_TOLD, Whose};

const LISTENS: &str = "0A";

type End = (IpAddr, u16);

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// The number of our own user.
    us: u32,
    /// The owners by both ends of a connection, the owner's own end first. None if nobody owns it.
    held: BTreeMap<(End, End), Option<u32>>,
    listening: BTreeMap<End, Vec<u32>>,
}

/// Linux's lists of the sockets of IPv4 and of IPv6.
const LISTS: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];

/// Reads the table; None if this system has none.
pub(super) fn read() -> Option<Table> {
    IS_TOLD.then(|| read_from(LISTS))
}

/// Fails if no list can be read, as in a container without `/proc`.
pub(super) fn check() -> io::Result<()> {
    let [four, six] = LISTS.map(std::fs::read);
    six.or(four).map(drop)
}

/// An unreadable list names no owner, so it makes nobody trusted.
fn read_from(lists: [&str; 2]) -> Table {
    let mut table = Table { us: us(), ..Table::default() };
    lists.map(std::fs::read_to_string).into_iter().flatten().for_each(|text| table.add(&text));
    table
}

pub(super) fn us() -> u32 {
    #[cfg(unix)]
    return rustix::process::geteuid().as_raw();
    #[cfg(not(unix))]
    0
}

impl Table {
    pub(super) fn of_caller(&self, theirs: SocketAddr, ours: SocketAddr) -> Whose {
        match self.held.get(&(end(theirs), end(ours))) {
            Some(Some(user)) => self.whose(*user),
            Some(None) | None => Whose::Nobodys,
        }
    }

    /// A connection that is not accepted yet belongs to the listener.
    /// Such connections end with their listener, so the listener in the table holds ours.
    pub(super) fn of_server(&self, theirs: SocketAddr, ours: SocketAddr) -> Whose {
        match self.held.get(&(end(theirs), end(ours))) {
            Some(Some(user)) => self.whose(*user),
            Some(None) => self.of_listener(theirs).unwrap_or(Whose::Nobodys),
            None => Whose::Nobodys,
        }
    }

    /// The system prefers a listener at the exact address to one at all addresses.
    pub(super) fn of_listener(&self, address: SocketAddr) -> Option<Whose> {
        let (ip, port) = end(address);
        let all = match ip {
            IpAddr::V4(_) => [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()],
            IpAddr::V6(_) => [Ipv6Addr::UNSPECIFIED.into(); 2],
        };
        let mut places = [ip].into_iter().chain(all);
        let users = places.find_map(|place| self.listening.get(&(place, port)))?;
        // Several listeners may share a port, and any of them may get the connection.
        let mut whose = users.iter().map(|user| self.whose(*user));
        let first = whose.next()?;
        Some(whose.fold(first, |worst, next| if next.is_trusted() { worst } else { next }))
    }

    fn whose(&self, user: u32) -> Whose {
        Whose::of(user, self.us)
    }

    fn add(&mut self, text: &str) {
        for Line { here, there, listens, user } in text.lines().filter_map(Line::parse) {
            match user {
                Some(user) if listens => self.listening.entry(here).or_default().push(user),
                user => drop(self.held.insert((here, there), user)),
            }
        }
    }
}

#[derive(Debug)]
struct Line {
    here: End,
    there: End,
    listens: bool,
    user: Option<u32>,
}

impl Line {
    /// The kernel's format: `sl local remote st queues tr when retr uid timeout inode`.
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (here, there, state) = (ends(words.next()?)?, ends(words.next()?)?, words.next()?);
        let (user, inode) = (words.nth(3)?.parse().ok()?, words.nth(1)?);
        Some(Self { here, there, listens: state == LISTENS, user: (inode != "0").then_some(user) })
    }
}

/// An IPv4 address looks the same on a socket that speaks both versions.
fn end(address: SocketAddr) -> End {
    (address.ip().to_canonical(), address.port())
}

/// Reads `0100007F:1389`; each word of the address is in the machine's byte order.
fn ends(text: &str) -> Option<End> {
    let (address, port) = text.split_once(':')?;
    let words: Option<Vec<u32>> = (0..address.len())
        .step_by(8)
        .map(|at| u32::from_str_radix(address.get(at..at + 8)?, 16).ok())
        .collect();
    let bytes: Vec<u8> = words?.into_iter().flat_map(u32::to_ne_bytes).collect();
    let address = match bytes.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?),
        16 => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?),
        _ => return None,
    };
    Some((address.to_canonical(), u16::from_str_radix(port, 16).ok()?))
}

#[cfg(all(test, target_endian = "little"))]
mod tests;
