//! A small HTTP server of files, that also does what a good one never would. Real sockets; one thread for each connection.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

use crate::log::PATIENCE;

/// What it does with one request, instead of answering as it should.
#[derive(Debug, Clone)]
pub enum Manner {
    /// Closes after so many bytes of the body.
    Cut(usize),
    /// The same, but goes silent until the mirror is dropped.
    Stall(usize),
    Status(u16),
    /// Sent on to there.
    Redirect(String),
    /// Says that the body has so many bytes more than it has.
    Lie(usize),
    /// Never stops, and says no length.
    Endless,
    /// The whole, though a part was asked for.
    Whole,
}

/// One request for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub name: String,
    /// The first byte that was asked for.
    pub from: usize,
    /// Bytes of the body that left.
    pub sent: usize,
}

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, Arc<Vec<u8>>>,
    manners: BTreeMap<String, VecDeque<Manner>>,
    asked: Vec<Asked>,
    /// Requests that are being answered, and not in the list yet.
    open: usize,
    closed: bool,
}

#[derive(Debug)]
pub struct Mirror {
    port: u16,
    state: Arc<(Mutex<State>, Condvar)>,
}

impl Default for Mirror {
    fn default() -> Self {
        Self::new()
    }
}

impl Mirror {
    pub fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let state = Arc::<(Mutex<State>, Condvar)>::default();
        let mirror = Self { port, state: state.clone() };
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let state = state.clone();
                if state.0.lock().expect("no server panics").closed {
                    return;
                }
                std::thread::spawn(move || serve(connection, &state));
            }
        });
        mirror
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn has(&self, name: &str, bytes: Vec<u8>) {
        self.locked(|state| state.files.insert(name.to_owned(), Arc::new(bytes)));
    }

    /// All files of a folder.
    pub fn has_all_of(&self, folder: &Path) {
        for entry in
            std::fs::read_dir(folder).expect("a folder").flatten().filter(|entry| entry.path().is_file())
        {
            let bytes = std::fs::read(entry.path()).expect("reading a file");
            self.has(&entry.file_name().to_string_lossy(), bytes);
        }
    }

    /// The next request for the file, or the one after those that were told before.
    pub fn will(&self, name: &str, manner: Manner) {
        self.locked(|state| state.manners.entry(name.to_owned()).or_default().push_back(manner));
    }

    pub fn asked(&self) -> Vec<Asked> {
        let (state, told) = &*self.state;
        let mut state = state.lock().expect("no server panics");
        while state.open > 0 {
            state = told.wait(state).expect("no server panics");
        }
        state.asked.clone()
    }

    /// Of each request for the file: first byte asked for, and bytes sent.
    pub fn asked_for(&self, name: &str) -> Vec<(usize, usize)> {
        self.asked()
            .into_iter()
            .filter(|asked| asked.name == name)
            .map(|asked| (asked.from, asked.sent))
            .collect()
    }

    /// Until a request for the file was answered as far as it will be.
    pub fn wait_for(&self, name: &str) {
        let deadline = Instant::now() + PATIENCE;
        let (state, told) = &*self.state;
        let mut state = state.lock().expect("no server panics");
        while !state.asked.iter().any(|asked| asked.name == name) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "nobody asked for {name}: {:?}", state.asked);
            state = told.wait_timeout(state, left).expect("no server panics").0;
        }
    }

    fn locked<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.0.lock().expect("no server panics"))
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.locked(|state| state.closed = true);
        self.state.1.notify_all();
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

struct Request {
    name: String,
    from: usize,
    if_range: Option<String>,
}

fn read(connection: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(connection).lines().map_while(Result::ok);
    let first = lines.next()?;
    let name = first.split(' ').nth(1)?.rsplit('/').next()?.to_owned();
    let mut request = Request { name, from: 0, if_range: None };
    for line in lines.take_while(|line| !line.is_empty()) {
        let (key, value) = line.split_once(':')?;
        match key.to_ascii_lowercase().as_str() {
            "range" => {
                request.from = value.trim().strip_prefix("bytes=")?.trim_end_matches('-').parse().ok()?
            }
            "if-range" => request.if_range = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    Some(request)
}

fn serve(mut connection: TcpStream, state: &(Mutex<State>, Condvar)) {
    let Some(request) = read(&connection) else { return };
    let (file, manner) = {
        let mut state = state.0.lock().expect("no server panics");
        state.open += 1;
        let manner = state.manners.get_mut(&request.name).and_then(VecDeque::pop_front);
        (state.files.get(&request.name).cloned(), manner)
    };
    let sent = answer(&mut connection, &request, file.as_deref(), manner.as_ref());
    let stalls = matches!(manner, Some(Manner::Stall(_)));
    let mut locked = state.0.lock().expect("no server panics");
    locked.open -= 1;
    locked.asked.push(Asked { name: request.name, from: request.from, sent });
    state.1.notify_all();
    while stalls && !locked.closed {
        locked = state.1.wait(locked).expect("no server panics");
    }
}

/// Bytes of the body that left.
fn answer(to: &mut TcpStream, request: &Request, file: Option<&Vec<u8>>, manner: Option<&Manner>) -> usize {
    let Some(file) = file else { return head(to, "404 Not Found", "Content-Length: 0\r\n") };
    match manner {
        Some(Manner::Status(status)) => {
            return head(to, &format!("{status} As told"), "Content-Length: 0\r\n");
        }
        Some(Manner::Redirect(there)) => {
            return head(to, "302 Found", &format!("Location: {there}\r\nContent-Length: 0\r\n"));
        }
        Some(Manner::Endless) => {
            head(to, "200 OK", "");
            let mut sent = 0;
            while to.write_all(file).is_ok() {
                sent += file.len();
            }
            return sent;
        }
        _ => {}
    }
    // A simple mark that changes with the file.
    let mark = format!("\"{}-{}\"", file.len(), file.iter().map(|b| u64::from(*b)).sum::<u64>());
    let same = request.if_range.as_ref().is_none_or(|known| *known == mark);
    let from = if same && !matches!(manner, Some(Manner::Whole)) { request.from } else { 0 };
    if from > 0 && from >= file.len() {
        return head(
            to,
            "416 Out",
            &format!("Content-Range: bytes */{}\r\nContent-Length: 0\r\n", file.len()),
        );
    }
    let more = if let Some(Manner::Lie(more)) = manner { *more } else { 0 };
    let mut about = format!("ETag: {mark}\r\nContent-Length: {}\r\n", file.len() - from + more);
    if from > 0 {
        about += &format!("Content-Range: bytes {from}-{}/{}\r\n", file.len() - 1, file.len());
    }
    head(to, if from > 0 { "206 Partial" } else { "200 OK" }, &about);
    let body = &file[from..];
    let until = match manner {
        Some(Manner::Cut(most) | Manner::Stall(most)) => body.len().min(*most),
        _ => body.len(),
    };
    if to.write_all(&body[..until]).is_ok() { until } else { 0 }
}

fn head(to: &mut TcpStream, status: &str, about: &str) -> usize {
    let _ = to.write_all(format!("HTTP/1.1 {status}\r\nConnection: close\r\n{about}\r\n").as_bytes());
    0
}
