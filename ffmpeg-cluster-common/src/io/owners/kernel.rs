//! Asks Linux about one connection, over the kernel's socket for such questions (`sock_diag(7)`).
//!
//! An answer takes microseconds, however many sockets there are.
//! The table in `/proc` grows with each socket,
//! so a stranger who floods a port could make every reader of the table wait.

use std::io;
use std::net::{IpAddr, SocketAddr};

use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink};

/// `SOCK_DIAG_BY_FAMILY`, the type of the question and of the answer.
const BY_FAMILY: u16 = 20;
const REQUEST: u16 = 1;
const ERROR: u16 = 2;
const TCP: u8 = 6;
const LISTENS: u8 = 10;
const NO_COOKIE: [u8; 8] = [u8::MAX; 8];
const QUESTION_BYTES: u32 = 72;
/// Where the fields of an answer begin: `nlmsghdr`, then `inet_diag_msg` or an error number.
mod at {
    pub(super) const KIND: usize = 4;
    pub(super) const NUMBER: usize = 8;
    pub(super) const BODY: usize = 16;
    pub(super) const STATE: usize = BODY + 1;
    pub(super) const USER: usize = BODY + 64;
    pub(super) const INODE: usize = BODY + 68;
}

#[derive(Debug)]
pub(super) struct Kernel {
    socket: OwnedFd,
    asked: u32,
}

impl Kernel {
    pub(super) fn open() -> io::Result<Self> {
        let (family, kind) = (AddressFamily::NETLINK, SocketType::DGRAM);
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = rustix::net::socket_with(family, kind, flags, Some(netlink::SOCK_DIAG))?;
        Ok(Self { socket, asked: 0 })
    }

    /// The user who holds the end at `here` of a connection to `there`.
    /// None if no program holds that end: it is closed, or not accepted yet.
    /// Fails if this system does not answer such questions.
    pub(super) fn user(&mut self, here: SocketAddr, there: SocketAddr) -> io::Result<Option<u32>> {
        self.asked = self.asked.wrapping_add(1);
        rustix::net::send(&self.socket, &question(self.asked, here, there), SendFlags::empty())?;
        let mut answer = [0; 1024];
        // The answer is ready as soon as the question is sent.
        let (_, bytes) = rustix::net::recv(&self.socket, &mut answer[..], RecvFlags::empty())?;
        read(self.asked, answer.get(..bytes).unwrap_or(&answer))
    }
}

/// `nlmsghdr` and `inet_diag_req_v2`.
fn question(number: u32, here: SocketAddr, there: SocketAddr) -> Vec<u8> {
    let [(mine, my_port), (other, other_port)] =
        [here, there].map(|end| (end.ip().to_canonical(), end.port()));
    let is_v4 = mine.is_ipv4() && other.is_ipv4();
    let family = if is_v4 { AddressFamily::INET } else { AddressFamily::INET6 };
    let mut bytes = Vec::with_capacity(QUESTION_BYTES as usize);
    bytes.extend(QUESTION_BYTES.to_ne_bytes());
    bytes.extend(BY_FAMILY.to_ne_bytes());
    bytes.extend(REQUEST.to_ne_bytes());
    bytes.extend(number.to_ne_bytes());
    bytes.extend([0; 4]);
    bytes.extend([family.as_raw() as u8, TCP, 0, 0]);
    bytes.extend(u32::MAX.to_ne_bytes());
    bytes.extend(my_port.to_be_bytes());
    bytes.extend(other_port.to_be_bytes());
    bytes.extend(sixteen(mine, is_v4));
    bytes.extend(sixteen(other, is_v4));
    bytes.extend([0; 4]);
    bytes.extend(NO_COOKIE);
    bytes
}

fn sixteen(address: IpAddr, is_v4: bool) -> [u8; 16] {
    match address {
        IpAddr::V4(four) if is_v4 => {
            let mut bytes = [0; 16];
            bytes[..4].copy_from_slice(&four.octets());
            bytes
        }
        IpAddr::V4(four) => four.to_ipv6_mapped().octets(),
        IpAddr::V6(six) => six.octets(),
    }
}

fn read(number: u32, answer: &[u8]) -> io::Result<Option<u32>> {
    let word = |from: usize| {
        let bytes = answer.get(from..from + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_ne_bytes).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
    };
    let kind =
        answer.get(at::KIND..at::KIND + 2).and_then(|bytes| bytes.try_into().ok()).map(u16::from_ne_bytes);
    if word(at::NUMBER)? != number {
        return Err(io::ErrorKind::InvalidData.into());
    }
    match kind {
        Some(ERROR) => {
            let error = io::Error::from_raw_os_error(word(at::BODY)?.cast_signed().wrapping_neg());
            if error.kind() == io::ErrorKind::NotFound { Ok(None) } else { Err(error) }
        }
        // If there is no such connection, the kernel reports the listener instead.
        Some(BY_FAMILY) if answer.get(at::STATE) == Some(&LISTENS) => Ok(None),
        Some(BY_FAMILY) => {
            let (user, inode) = (word(at::USER)?, word(at::INODE)?);
            Ok((inode != 0).then_some(user))
        }
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    fn us() -> Option<u32> {
        Some(rustix::process::geteuid().as_raw())
    }

    fn walk(bind: &str, connect: &str) {
        let listener = TcpListener::bind(bind).unwrap();
        let port = listener.local_addr().unwrap().port();
        let theirs = TcpStream::connect((connect, port)).unwrap();
        let (from, to) = (theirs.local_addr().unwrap(), theirs.peer_addr().unwrap());
        let kernel = Kernel::open().and_then(|mut kernel| kernel.user(from, to).map(|_| kernel));
        let Ok(mut kernel) = kernel else {
            eprintln!("NOT CHECKED: this system does not tell whose one connection is");
            return;
        };
        assert_eq!(kernel.user(from, to).unwrap(), us(), "{bind} {connect}: who called");
        assert_eq!(kernel.user(to, from).unwrap(), None, "{bind} {connect}: nobody took it yet");
        let (socket, accepted) = listener.accept().unwrap();
        assert_eq!(kernel.user(to, from).unwrap(), us(), "{bind} {connect}: taken");
        assert_eq!(
            kernel.user(accepted, socket.local_addr().unwrap()).unwrap(),
            us(),
            "as the server sees it"
        );
        drop(theirs);
        assert_eq!(kernel.user(from, to).unwrap(), None, "{bind} {connect}: closed");
        let unused = SocketAddr::new(from.ip(), 1);
        assert_eq!(kernel.user(to, unused).unwrap(), None, "{bind} {connect}: who listens is no caller");
    }

    #[test]
    fn who_holds_an_end_is_told_at_once() {
        walk("127.0.0.1:0", "127.0.0.1");
        if TcpListener::bind("[::1]:0").is_ok() {
            walk("[::1]:0", "::1");
            walk("[::]:0", "127.0.0.1");
            walk("[::]:0", "::ffff:127.0.0.1");
        }
    }

    #[test]
    fn an_answer_to_another_question_or_cut_off_is_none() {
        let mut answer = [0; 200];
        assert!(read(1, &answer).is_err() && read(0, &answer).is_err() && read(0, &[]).is_err());
        answer[4..6].copy_from_slice(&BY_FAMILY.to_ne_bytes());
        answer[at::INODE] = 1;
        answer[at::USER..at::USER + 4].copy_from_slice(&42_u32.to_ne_bytes());
        assert_eq!(read(0, &answer).unwrap(), Some(42));
        assert!(read(0, &answer[..at::INODE]).is_err() && read(7, &answer).is_err());
    }
}
