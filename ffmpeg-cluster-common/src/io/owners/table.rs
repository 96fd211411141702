//! Linux's table of sockets, in `/proc/net/tcp` and `tcp6`.
//!
//! A socket that its program has closed, or that a server did not accept yet, belongs to nobody: the table says user 0 then, which
//! must not pass for root. Such lines have no inode.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{IS_TOLD, Whose};

const LISTENS: &str = "0A";

type End = (IpAddr, u16);

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// Our own user.
    us: u32,
    /// By both ends of a connection, the one that its owner holds first. None: nobody holds it.
    held: BTreeMap<(End, End), Option<u32>>,
    listening: BTreeMap<End, Vec<u32>>,
}

/// None where this system has no such table.
pub(super) fn read() -> Option<Table> {
    if !IS_TOLD {
        return None;
    }
    let texts = ["/proc/net/tcp", "/proc/net/tcp6"].map(std::fs::read_to_string);
    let mut texts = texts.into_iter().flatten().peekable();
    texts.peek()?;
    let mut table = Table { us: us(), ..Table::default() };
    texts.for_each(|text| table.add(&text));
    Some(table)
}

fn us() -> u32 {
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

    /// A connection that nobody accepted yet is his who may: who listens there. A listener that is gone takes such connections with
    /// it, so the one in the table is the one that holds ours.
    pub(super) fn of_server(&self, theirs: SocketAddr, ours: SocketAddr) -> Whose {
        match self.held.get(&(end(theirs), end(ours))) {
            Some(Some(user)) => self.whose(*user),
            Some(None) => self.of_listener(theirs).unwrap_or(Whose::Nobodys),
            None => Whose::Nobodys,
        }
    }

    /// The system gives a connection to who listens at its very address, before those that listen at all.
    pub(super) fn of_listener(&self, address: SocketAddr) -> Option<Whose> {
        let (ip, port) = end(address);
        let all = match ip {
            IpAddr::V4(_) => [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()],
            IpAddr::V6(_) => [Ipv6Addr::UNSPECIFIED.into(); 2],
        };
        let mut places = [ip].into_iter().chain(all);
        let users = places.find_map(|place| self.listening.get(&(place, port)))?;
        // Several may share a port; any of them may get the connection.
        let mut whose = users.iter().map(|user| self.whose(*user));
        let first = whose.next()?;
        Some(whose.fold(first, |worst, next| if next.is_trusted() { worst } else { next }))
    }

    fn whose(&self, user: u32) -> Whose {
        match user {
            user if user == self.us => Whose::Ours,
            0 => Whose::Root,
            _ => Whose::Strangers,
        }
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
    /// As the kernel writes it: `sl local remote st queues tr when retr uid timeout inode`.
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (here, there, state) = (ends(words.next()?)?, ends(words.next()?)?, words.next()?);
        let (user, inode) = (words.nth(3)?.parse().ok()?, words.nth(1)?);
        Some(Self { here, there, listens: state == LISTENS, user: (inode != "0").then_some(user) })
    }
}

/// An IPv4 address is the same behind a socket that speaks both.
fn end(address: SocketAddr) -> End {
    (address.ip().to_canonical(), address.port())
}

/// `0100007F:1389`, each word of the address in the machine's own order.
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
