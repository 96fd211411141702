//! The proxy against a plain server that sends back what it is sent.

#![allow(clippy::unwrap_used)]

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::*;

const SOON: Duration = Duration::from_millis(150);

fn echo() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || std::io::copy(&mut &socket, &mut &socket));
        }
    });
    port
}

fn connect(proxy: &Proxy) -> TcpStream {
    let socket = TcpStream::connect(("127.0.0.1", proxy.port())).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    socket
}

fn asked(mut socket: &TcpStream, bytes: &[u8]) -> Vec<u8> {
    socket.write_all(bytes).unwrap();
    let mut back = vec![0; bytes.len()];
    socket.read_exact(&mut back).unwrap();
    back
}

/// True where nothing comes within a moment and the connection lives.
fn is_still(mut socket: &TcpStream) -> bool {
    socket.set_read_timeout(Some(SOON)).unwrap();
    let read = socket.read(&mut [0]).map_err(|error| error.kind());
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    matches!(read, Err(ErrorKind::WouldBlock | ErrorKind::TimedOut))
}

#[test]
fn what_is_not_harmed_passes_as_it_is() {
    let proxy = Proxy::before(echo());
    let bytes: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
    let socket = connect(&proxy);
    for part in bytes.chunks(10_000) {
        assert!(asked(&socket, part) == part);
    }
}

#[test]
fn a_planned_cut_breaks_both_ends_and_the_next_connection_lives() {
    let proxy = Proxy::with_plan(echo(), &[Harm::cut(Way::Up, 5)]);
    let mut socket = connect(&proxy);
    socket.write_all(b"0123456789").unwrap();
    let mut back = Vec::new();
    let _ = socket.read_to_end(&mut back);
    assert!(b"01234".starts_with(&back[..]), "{back:?}");
    assert_eq!(asked(&connect(&proxy), b"abc"), b"abc");
    proxy.assert_all_done();
}

#[test]
fn a_flip_changes_one_byte_on_the_way_it_was_told() {
    let proxy = Proxy::with_plan(echo(), &[Harm::flip(Way::Down, 2).of_connection(1)]);
    assert_eq!(asked(&connect(&proxy), b"abc"), b"abc");
    assert_eq!(asked(&connect(&proxy), b"abc"), [b'a', b'b', b'c' ^ 0xff]);
    proxy.flip(Way::Up, 1);
    let (plain, socket) = (vec![7; 5_000], connect(&proxy));
    let back = asked(&socket, &plain);
    assert_eq!(back.iter().filter(|byte| **byte != 7).count(), 1);
    assert_eq!(asked(&socket, &plain), plain, "one flip was asked for");
}

#[test]
fn a_stalled_connection_stays_open_and_gives_all_when_it_goes_on() {
    let proxy = Proxy::before(echo());
    let mut socket = connect(&proxy);
    assert_eq!(asked(&socket, b"a"), b"a");
    for way in Way::BOTH {
        proxy.stall(&[Plane::Bytes], &[way]);
        socket.write_all(b"bcd").unwrap();
        assert!(is_still(&socket), "{way:?}");
        proxy.go_on();
        let mut back = [0; 3];
        socket.read_exact(&mut back).unwrap();
        assert_eq!(&back, b"bcd");
    }
}

#[test]
fn who_is_not_read_finds_the_window_full() {
    let proxy = Proxy::before(echo());
    let mut socket = connect(&proxy);
    proxy.stall(&[Plane::Bytes], &[Way::Up]);
    socket.set_write_timeout(Some(SOON)).unwrap();
    let mut sent = 0_usize;
    let full = loop {
        match socket.write(&[0; 65_536]) {
            Ok(count) => sent += count,
            Err(error) => break error,
        }
        assert!(sent < 64 << 20, "it reads on");
    };
    assert!(matches!(full.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "{full}");
}

#[test]
fn planes_are_told_apart_and_a_cut_takes_those_that_were_named() {
    let proxy = Proxy::before(echo());
    let (control, bytes) = (connect(&proxy), connect(&proxy));
    asked(&control, b"GET /ws HTTP/1.1");
    asked(&bytes, b"GET /other HTTP/1.1");
    proxy.cut(&[Plane::Control]);
    assert!(matches!((&control).read(&mut [0]), Ok(0) | Err(_)));
    assert_eq!(asked(&bytes, b"lives"), b"lives");
    assert!(proxy.log.text().contains("cut 1 connections"), "{}", proxy.log.text());
}

#[test]
fn delay_and_throttle_take_their_time_and_end_when_told() {
    let proxy = Proxy::before(echo());
    let socket = connect(&proxy);
    let timed = |bytes: &[u8]| {
        let began = Instant::now();
        asked(&socket, bytes);
        began.elapsed()
    };
    proxy.delay(&Plane::BOTH, Duration::from_millis(100));
    assert!(timed(b"x") >= Duration::from_millis(200), "once each way");
    proxy.go_on();
    proxy.throttle(&[Plane::Bytes], 20_000);
    assert!(timed(&[0; 5_000]) >= Duration::from_millis(240));
    proxy.go_on();
    assert!(timed(&[0; 5_000]) < Duration::from_millis(240));
}

#[test]
fn who_is_refused_is_closed_at_once() {
    let proxy = Proxy::before(echo());
    proxy.refuse(true);
    assert!(matches!(connect(&proxy).read(&mut [0]), Ok(0) | Err(_)));
    proxy.refuse(false);
    assert_eq!(asked(&connect(&proxy), b"a"), b"a");
}

#[test]
fn a_replay_sends_the_same_bytes_once_more_and_hears_the_answers() {
    let proxy = Proxy::before(echo());
    proxy.start_recording();
    // The server sends back what it is sent: as answers these count as two.
    asked(&connect(&proxy), b"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 409 Conflict\r\n\r\n");
    asked(&connect(&proxy), b"GET /ws HTTP/1.1 ");
    assert_eq!(proxy.replay(Plane::Bytes), [204, 409]);
}
