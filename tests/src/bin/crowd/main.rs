//! A neighbour who opens connections and says nothing.
//!
//! ```text
//! crowd idle PORT COUNT [FROM…]   keeps so many open from each of these addresses of this machine, until it is killed
//! crowd loop PORT HELD            opens one after the other, keeps the last ones, until it is killed
//! ```
//!
//! Prints `N open` once they are, or once the loop has gone round.

// What it prints is what it is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::process::ExitCode;

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, connect, socket_with};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let Some((port, count)) = words.get(1).zip(words.get(2)) else { return usage() };
    let (Ok(port), Ok(count)) = (port.parse(), count.parse()) else { return usage() };
    let most = getrlimit(Resource::Nofile).maximum;
    let _ = setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most });
    let from: Option<Vec<Ipv4Addr>> = words[3..].iter().map(|word| word.parse().ok()).collect();
    match (words[0].as_str(), from) {
        ("idle", Some(from)) => idle(port, count, &from),
        ("loop", Some(from)) if from.is_empty() => again_and_again(port, count),
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("crowd idle PORT COUNT [FROM…] | crowd loop PORT HELD");
    ExitCode::from(2)
}

/// A connection that is on its way: nobody waits until it is taken.
fn open(port: u16, from: Option<Ipv4Addr>) -> rustix::io::Result<OwnedFd> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    if let Some(from) = from {
        bind(&socket, &SocketAddr::V4(SocketAddrV4::new(from, 0)))?;
    }
    match connect(&socket, &SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))) {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
        Err(error) => Err(error),
    }
}

fn idle(port: u16, count: usize, from: &[Ipv4Addr]) -> ExitCode {
    let from: Vec<Option<Ipv4Addr>> =
        if from.is_empty() { vec![None] } else { from.iter().copied().map(Some).collect() };
    let opened: Result<Vec<OwnedFd>, Errno> =
        from.iter().flat_map(|from| (0..count).map(|_| open(port, *from))).collect();
    match opened {
        Ok(held) => {
            println!("{} open", held.len());
            loop {
                std::thread::park();
            }
        }
        Err(error) => {
            eprintln!("crowd: {error}");
            ExitCode::FAILURE
        }
    }
}

fn again_and_again(port: u16, held_max: usize) -> ExitCode {
    let (mut held, mut opened) = (VecDeque::new(), 0_usize);
    loop {
        // Where ports are short, one of the last ones comes free.
        held.extend(open(port, None));
        opened += 1;
        if held.len() > held_max || opened > 2 * held_max {
            held.pop_front();
        }
        if opened == 2 * held_max {
            println!("{opened} open");
        }
    }
}
