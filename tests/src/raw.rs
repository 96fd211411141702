//! Bytes on a socket, well formed or not.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use crate::log::PATIENCE;

/// The answer; or whatever comes back until the server closes.
pub fn say(port: u16, bytes: &[u8]) -> String {
    let mut socket = connect(port);
    // A server that has heard enough closes while we still speak.
    let _ = socket.write_all(bytes);
    rest(&mut socket)
}

pub fn connect(port: u16) -> TcpStream {
    let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the server listens");
    socket.set_read_timeout(Some(PATIENCE)).expect("a time");
    socket
}

pub fn rest(socket: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let mut some = [0; 4096];
    while !is_whole(&String::from_utf8_lossy(&all)) {
        let Ok(count @ 1..) = socket.read(&mut some) else { break };
        all.extend_from_slice(&some[..count]);
    }
    String::from_utf8_lossy(&all).into_owned()
}

fn is_whole(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    length.is_some_and(|length: usize| body.len() >= length)
}

/// The number in the first line of an answer; 0 where the connection was only closed.
pub fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}

/// True once the other side has closed, within `patience`.
pub fn is_closed_within(socket: &mut TcpStream, patience: Duration) -> bool {
    socket.set_read_timeout(Some(patience)).expect("a time");
    let mut some = [0; 4096];
    loop {
        match socket.read(&mut some) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => {
                return !matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                );
            }
        }
    }
}
