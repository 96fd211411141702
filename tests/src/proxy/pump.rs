//! Moves the bytes of one connection in one direction.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use super::harm::{Fate, What};
use super::{Plane, Proxy, Way};

const BUFFER: usize = 16 * 1024;

/// Both ends of one connection.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) number: u64,
    client: TcpStream,
    server: TcpStream,
    plane: OnceLock<Plane>,
    dead: AtomicBool,
}

impl Line {
    pub(super) fn new(number: u64, client: TcpStream, server: TcpStream) -> Self {
        Self { number, client, server, plane: OnceLock::new(), dead: AtomicBool::new(false) }
    }

    /// Known from the first bytes of the request; nothing comes down before them.
    pub(super) fn plane(&self) -> Plane {
        self.plane.get().copied().unwrap_or(Plane::Bytes)
    }

    pub(super) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Both ends see it break.
    pub(super) fn cut(&self) {
        self.dead.store(true, Ordering::SeqCst);
        let _ = (self.client.shutdown(Shutdown::Both), self.server.shutdown(Shutdown::Both));
    }

    fn ends(&self, way: Way) -> (&TcpStream, &TcpStream) {
        match way {
            Way::Up => (&self.client, &self.server),
            Way::Down => (&self.server, &self.client),
        }
    }
}

impl Proxy {
    /// Until either end closes, or some harm breaks the connection.
    pub(super) fn pump(&self, line: &Line, way: Way) {
        let (mut from, _) = line.ends(way);
        let (mut buffer, mut passed) = (vec![0; BUFFER], 0);
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let bytes = &mut buffer[..count];
            if way == Way::Up {
                let is_control = bytes.starts_with(b"GET /ws ");
                line.plane.get_or_init(|| if is_control { Plane::Control } else { Plane::Bytes });
                self.record(line, bytes);
            }
            if !self.pass(line, way, &mut passed, bytes) {
                break;
            }
        }
        line.cut();
        self.rules().wake();
    }

    /// False where the connection is to end.
    fn pass(&self, line: &Line, way: Way, passed: &mut u64, bytes: &mut [u8]) -> bool {
        if self.rules().flip(line.plane(), way, bytes) {
            self.log.add(format!("done: a bit flipped on its way {way:?}"));
        }
        let mut done = 0;
        while done < bytes.len() {
            if !self.rules().gate(line.plane(), way, &line.dead) {
                return false;
            }
            let end = bytes.len().min(done.saturating_add(self.rules().at_once(line.plane(), way)));
            self.rules().pace(line.plane(), way, end - done, &line.dead);
            let Fate { pass, harm } = self.fate(way, (line.number, *passed), &mut bytes[done..end]);
            let (_, mut to) = line.ends(way);
            if to.write_all(&bytes[done..done + pass]).is_err() {
                return false;
            }
            *passed += pass as u64;
            done += pass;
            match harm {
                Some(What::Cut | What::Close) => return false,
                Some(What::Stall(time)) => std::thread::park_timeout(time),
                Some(What::Flip) | None => {}
            }
        }
        true
    }
}
