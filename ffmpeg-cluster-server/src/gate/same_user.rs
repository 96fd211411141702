//! Whether the other end of a connection on this machine is a program of our own user, or of root. Linux keeps the owner of every
//! socket in a table; other systems do not tell, and there every user of the machine is trusted.
//!
//! A socket that its program has closed belongs to nobody: the table says user 0 then, which must not pass for root. Such
//! lines have no inode.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use ffmpeg_cluster_common::io::spawn::Background;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Whether this system tells.
pub(crate) const IS_TOLD: bool = cfg!(target_os = "linux");

type End = (IpAddr, u16);
/// By both ends of a connection, the one that its owner holds first.
type Table = BTreeMap<(End, End), u32>;

/// A flood of connections makes the table long, and asks for it again and again; reading it takes a tenth of a processor at most.
const REST_AFTER: u32 = 9;

#[derive(Debug)]
struct Reading {
    began: Instant,
    ended: Instant,
    /// None where this system has no table.
    table: Option<Table>,
}

/// The table as it was read last, Thousands who ask at once share one reading of it.
#[derive(Debug, Clone, Default)]
pub(super) struct Owners(Arc<Mutex<Option<Reading>>>);

impl Owners {
    /// Whether the end at `theirs` of a connection to `ours` is our own user's or root's.
    pub(super) async fn is_ours(
        &self,
        theirs: SocketAddr,
        ours: SocketAddr,
        background: &Background,
    ) -> bool {
        let asked = Instant::now();
        let mut last = self.0.lock().await;
        if last.as_ref().is_none_or(|reading| reading.began <= asked) {
            if let Some(before) = last.as_ref() {
                let rest = before.ended.duration_since(before.began) * REST_AFTER;
                tokio::time::sleep_until(before.ended + rest).await;
            }
            let began = Instant::now();
            let table = background.blocking(read).await.ok();
            *last = table.map(|table| Reading { began, ended: Instant::now(), table });
        }
        match last.as_ref().map(|reading| &reading.table) {
            Some(Some(table)) => {
                let owner = table.get(&(end(theirs), end(ours)));
                owner.is_some_and(|user| *user == us() || *user == 0)
            }
            // Nobody can be told apart here.
            Some(None) => true,
            None => false,
        }
    }
}

/// None where this system has no such table.
fn read() -> Option<Table> {
    if !IS_TOLD {
        return None;
    }
    let texts = ["/proc/net/tcp", "/proc/net/tcp6"].map(std::fs::read_to_string);
    let mut texts = texts.into_iter().flatten().peekable();
    texts.peek()?;
    Some(texts.flat_map(|text| text.lines().filter_map(owned).collect::<Vec<_>>()).collect())
}

fn us() -> u32 {
    #[cfg(unix)]
    return rustix::process::geteuid().as_raw();
    #[cfg(not(unix))]
    0
}

/// A line as the kernel writes it: `sl local remote st queues tr when retr uid timeout inode`.
fn owned(line: &str) -> Option<((End, End), u32)> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let (here, there) = (ends(words.next()?)?, ends(words.next()?)?);
    let (user, inode) = (words.nth(4)?, words.nth(1)?);
    if inode == "0" { None } else { Some(((here, there), user.parse().ok()?)) }
}

/// An IPv4 address is the same behind a socket that speaks both.
fn end(address: SocketAddr) -> End {
    (address.ip().to_canonical(), address.port())
}

/// `0100007F:1389`, each word of the address in the machine's own order.
fn ends(text: &str) -> Option<(IpAddr, u16)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_endian = "little")]
    #[test]
    fn the_table_as_linux_writes_it() {
        let line = |user: &str, inode: &str| {
            format!(
                "   9: 0100007F:D431 0100007F:1389 01 00000000:00000000 00:00000000 00000000  {user}        0 {inode} 1 0000000000000000 20 4 30 10 -1"
            )
        };
        let both = |a: &str, b: &str| (end(a.parse().unwrap()), end(b.parse().unwrap()));
        let ends = both("127.0.0.1:54321", "127.0.0.1:5001");
        assert_eq!(owned(&line("1000", "82111")), Some((ends, 1000)));
        assert_eq!(owned(&line("0", "0")), None, "closed by its program: nobody's, not root's");
        let six = "  10: 0000000000000000FFFF00000100007F:D431 0000000000000000FFFF00000100007F:1389 01 0:0 00:0 0  1001 0 5 1 0 20 4 30 10 -1";
        assert_eq!(owned(six), Some((ends, 1001)));
        let six = "  11: 00000000000000000000000001000000:D431 00000000000000000000000001000000:1389 01 0:0 00:0 0  1001 0 5 1 0 20 4 30 10 -1";
        assert_eq!(owned(six), Some((both("[::1]:54321", "[::1]:5001"), 1001)));
        for broken in ["", "1: zz:1 2", &line("many", "5"), "1: 0100007F:D431 0100007F:1389 01"] {
            assert_eq!(owned(broken), None, "{broken}");
        }
    }

    #[tokio::test]
    async fn a_connection_of_our_own_is_ours_until_it_is_closed() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = listener.local_addr().unwrap();
        let theirs = std::net::TcpStream::connect(ours).unwrap();
        let (socket, from) = listener.accept().unwrap();
        let (owners, background) = (Owners::default(), Background::default());
        assert!(owners.is_ours(from, ours, &background).await);
        drop(theirs);
        #[cfg(target_os = "linux")]
        assert!(!owners.is_ours(from, ours, &background).await, "nobody holds it any more");
        drop(socket);
    }
}
