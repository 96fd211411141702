//! Stands between a client and the server and does harm to what passes: breaks connections, or bytes, at given places.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use crate::log::Log;

/// Places are counted from the first byte that passes in that direction, over all connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// The connection breaks before this byte reaches the server.
    CutUp(u64),
    /// The connection breaks before this byte reaches the client: the server has done what was asked.
    CutDown(u64),
    /// As `CutUp`, and nobody gets through any more.
    CloseUp(u64),
    /// This byte reaches the client changed.
    FlipDown(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

impl Harm {
    fn place(self) -> (Way, u64) {
        match self {
            Self::CutUp(at) | Self::CloseUp(at) => (Way::Up, at),
            Self::CutDown(at) | Self::FlipDown(at) => (Way::Down, at),
        }
    }
}

#[derive(Debug)]
struct Passed {
    up: u64,
    down: u64,
    to_come: Vec<Harm>,
}

/// Listens on a port of its own; a client that is given it instead of the server's is harmed as told.
#[derive(Debug, Clone)]
pub struct Cutter {
    port: u16,
    passed: Arc<Mutex<Passed>>,
    closed: Arc<AtomicBool>,
    /// What was done: one line for each harm.
    pub log: Log,
}

impl Cutter {
    pub fn before(server: u16, harms: &[Harm]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound socket").port();
        let passed = Passed { up: 0, down: 0, to_come: harms.to_vec() };
        let cutter = Self {
            port,
            passed: Arc::new(Mutex::new(passed)),
            closed: Arc::new(AtomicBool::new(false)),
            log: Log::default(),
        };
        let accepting = cutter.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if !accepting.closed.load(Ordering::SeqCst) {
                    accepting.join(&client, server);
                }
            }
        });
        cutter
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// After a [`Harm::CloseUp`].
    pub fn open(&self) {
        self.closed.store(false, Ordering::SeqCst);
    }

    /// Panics when some harm was never done: the test would prove nothing.
    pub fn assert_all_done(&self) {
        let passed = self.passed.lock().expect("no pump panics");
        assert!(passed.to_come.is_empty(), "{:?} never came: {passed:?}", passed.to_come);
    }

    fn join(&self, client: &TcpStream, server: u16) {
        let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { return };
        for way in [Way::Up, Way::Down] {
            let (Ok(client), Ok(server)) = (client.try_clone(), server.try_clone()) else { return };
            let cutter = self.clone();
            std::thread::spawn(move || {
                match way {
                    Way::Up => cutter.pump(way, &client, &server),
                    Way::Down => cutter.pump(way, &server, &client),
                }
                let _ = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
            });
        }
    }

    fn pump(&self, way: Way, mut from: &TcpStream, mut to: &TcpStream) {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let (pass, whole) = self.harm(way, &mut buffer[..count]);
            if to.write_all(&buffer[..pass]).is_err() || !whole {
                return;
            }
        }
    }

    /// How many of these bytes pass, and whether the connection lives on.
    fn harm(&self, way: Way, bytes: &mut [u8]) -> (usize, bool) {
        let mut passed = self.passed.lock().expect("no pump panics");
        let before = if way == Way::Up { passed.up } else { passed.down };
        let end = before + bytes.len() as u64;
        let mut pass = bytes.len();
        let here = |harm: &Harm| harm.place().0 == way && (before..end).contains(&harm.place().1);
        if let Some(index) = passed.to_come.iter().position(here) {
            let harm = passed.to_come.remove(index);
            let at = usize::try_from(harm.place().1 - before).expect("inside the buffer");
            match harm {
                Harm::FlipDown(_) => bytes[at] ^= 0xff,
                Harm::CutUp(_) | Harm::CutDown(_) => pass = at,
                Harm::CloseUp(_) => {
                    pass = at;
                    self.closed.store(true, Ordering::SeqCst);
                }
            }
            self.log.add(format!("done: {harm:?}"));
        }
        match way {
            Way::Up => passed.up += pass as u64,
            Way::Down => passed.down += pass as u64,
        }
        (pass, pass == bytes.len())
    }
}
