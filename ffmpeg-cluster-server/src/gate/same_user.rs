//! Whether the other end of a connection on this machine is a program of our own user, or of root. Linux keeps the owner of every
//! socket in a table; other systems do not tell, and there every user of the machine is trusted.
//!
//! A socket that its program has closed belongs to nobody: the table says user 0 then, which must not pass for root. Such
//! lines have no inode.

use std::net::{IpAddr, SocketAddr};

/// The end at `theirs` of a connection to `ours`.
pub(super) fn is_ours(theirs: SocketAddr, ours: SocketAddr) -> bool {
    #[cfg(target_os = "linux")]
    {
        let tables: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
            .iter()
            .filter_map(|t| std::fs::read_to_string(t).ok())
            .collect();
        // Without the table nobody can be told apart, as on other systems.
        let us = rustix::process::geteuid().as_raw();
        tables.is_empty()
            || tables
                .iter()
                .any(|table| owner(table, theirs, ours).is_some_and(|user| user == us || user == 0))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (theirs, ours);
        true
    }
}

/// The user whose socket has these ends, as the kernel writes it: `sl local remote st queues tr when retr uid timeout inode`.
#[cfg_attr(not(target_os = "linux"), expect(dead_code))]
fn owner(table: &str, local: SocketAddr, remote: SocketAddr) -> Option<u32> {
    table.lines().skip(1).find_map(|line| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (here, there) = (ends(words.next()?)?, ends(words.next()?)?);
        if (here, there) != ((plain(local.ip()), local.port()), (plain(remote.ip()), remote.port())) {
            return None;
        }
        let (user, inode) = (words.nth(4)?, words.nth(1)?);
        if inode == "0" { None } else { user.parse().ok() }
    })
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
    Some((plain(address), u16::from_str_radix(port, 16).ok()?))
}

/// An IPv4 address is the same behind a socket that speaks both.
fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_endian = "little")]
    #[test]
    fn the_table_as_linux_writes_it() {
        let head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
        let line = |user: &str, inode: &str| {
            format!(
                "{head}   9: 0100007F:D431 0100007F:1389 01 00000000:00000000 00:00000000 00000000  {user}        0 {inode} 1 0000000000000000 20 4 30 10 -1\n"
            )
        };
        let (theirs, ours) = ("127.0.0.1:54321".parse().unwrap(), "127.0.0.1:5001".parse().unwrap());
        assert_eq!(owner(&line("1000", "82111"), theirs, ours), Some(1000));
        assert_eq!(owner(&line("1000", "82111"), ours, theirs), None, "the other way round");
        assert_eq!(owner(&line("0", "0"), theirs, ours), None, "closed by its program: nobody's, not root's");
        let six = format!(
            "{head}  10: 0000000000000000FFFF00000100007F:D431 0000000000000000FFFF00000100007F:1389 01 0:0 00:0 0  1001 0 5 1 0 20 4 30 10 -1\n"
        );
        assert_eq!(owner(&six, theirs, ours), Some(1001));
        for broken in ["", head, "x\n1: zz:1 2", &line("many", "5"), "x\n1: 0100007F:D431 0100007F:1389 01"] {
            assert_eq!(owner(broken, theirs, ours), None, "{broken}");
        }
    }

    #[test]
    fn a_connection_of_our_own_is_ours_until_it_is_closed() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let ours = listener.local_addr().unwrap();
        let theirs = std::net::TcpStream::connect(ours).unwrap();
        let (socket, from) = listener.accept().unwrap();
        assert!(is_ours(from, ours));
        drop(theirs);
        #[cfg(target_os = "linux")]
        assert!(!is_ours(from, ours), "nobody holds it any more");
        drop(socket);
    }
}
