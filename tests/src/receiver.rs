//! Takes what a server sends to webhooks, and answers as it is told. Real sockets; one thread for each connection.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};

use crate::log::PATIENCE;

/// How it answers one message. Without a word it takes it.
#[derive(Debug, Clone, Copy)]
pub enum Manner {
    Status(u16),
    /// With a header.
    With(u16, &'static str),
    /// Keeps the sender waiting.
    Silence,
}

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Received {
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Received {
    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }
}

#[derive(Debug, Default)]
struct State {
    received: Vec<Received>,
    manners: VecDeque<Manner>,
    /// Kept open for senders that wait.
    held: Vec<TcpStream>,
}

#[derive(Debug)]
pub struct Receiver {
    port: u16,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Receiver {
    pub fn start() -> Self {
        Self::start_at(0)
    }

    /// On this port, or on any if it is 0.
    pub fn start_at(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a port");
        let port = listener.local_addr().expect("it is bound").port();
        let state = Arc::<(Mutex<State>, Condvar)>::default();
        let taking = state.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = taking.clone();
                std::thread::spawn(move || take(stream, &state));
            }
        });
        Self { port, state }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// What it does with the next messages.
    pub fn answers(&self, manners: &[Manner]) {
        self.state.0.lock().expect("nobody panics with it").manners.extend(manners);
    }

    pub fn received(&self) -> Vec<Received> {
        self.state.0.lock().expect("nobody panics with it").received.clone()
    }

    /// Waits until it has received something that fits; returns everything.
    pub fn wait(&self, what: &str, fits: impl Fn(&[Received]) -> bool) -> Vec<Received> {
        let (state, changed) = &*self.state;
        let held = state.lock().expect("nobody panics with it");
        let waited = changed.wait_timeout_while(held, PATIENCE, |state| !fits(&state.received));
        let (held, timeout) = waited.expect("nobody panics with it");
        assert!(!timeout.timed_out(), "{what} never came: {:#?}", held.received);
        held.received.clone()
    }
}

fn take(stream: TcpStream, state: &(Mutex<State>, Condvar)) {
    let Some(received) = read(&stream) else { return };
    let mut held = state.0.lock().expect("nobody panics with it");
    let manner = held.manners.pop_front().unwrap_or(Manner::Status(204));
    held.received.push(received);
    let mut stream = stream;
    match manner {
        Manner::Silence => held.held.push(stream),
        Manner::Status(status) => answer(&mut stream, status, ""),
        Manner::With(status, header) => answer(&mut stream, status, &format!("{header}\r\n")),
    }
    state.1.notify_all();
}

fn answer(stream: &mut TcpStream, status: u16, header: &str) {
    let text = format!("HTTP/1.1 {status} Said\r\n{header}Content-Length: 0\r\nConnection: close\r\n\r\n");
    let _ = stream.write_all(text.as_bytes());
}

fn read(stream: &TcpStream) -> Option<Received> {
    let (mut reader, mut headers) = (BufReader::new(stream), BTreeMap::new());
    reader.read_line(&mut String::new()).ok()?;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    Some(Received { headers, body: String::from_utf8(body).ok()? })
}
