//! What clients sent is written down, and sent to the server once more.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::pump::Line;
use super::{Plane, Proxy};

/// Bytes of one connection that are written down; enough for some chunks.
const RECORDED_MAX: usize = 8 << 20;
/// A server that says nothing for so long has answered all.
const ANSWERED: Duration = Duration::from_millis(500);

/// What one connection brought up.
#[derive(Debug, Clone)]
pub(super) struct Recorded {
    connection: u64,
    plane: Plane,
    bytes: Vec<u8>,
}

impl Proxy {
    pub(super) fn record(&self, line: &Line, bytes: &[u8]) {
        let mut all = self.inner.recorded.lock().expect("no pump panics");
        let Some(all) = all.as_mut() else { return };
        let index = all.iter().position(|one| one.connection == line.number).unwrap_or_else(|| {
            all.push(Recorded { connection: line.number, plane: line.plane(), bytes: Vec::new() });
            all.len() - 1
        });
        let room = RECORDED_MAX.saturating_sub(all[index].bytes.len());
        all[index].bytes.extend(&bytes[..bytes.len().min(room)]);
    }

    /// From now on what clients send is written down.
    pub fn start_recording(&self) {
        self.inner.recorded.lock().expect("no pump panics").get_or_insert_default();
    }

    /// Sends all that was written down of a plane to the server again, connection by connection; the statuses of its
    /// answers. Nobody else hears them.
    pub fn replay(&self, plane: Plane) -> Vec<u16> {
        let all = self.inner.recorded.lock().expect("no pump panics").clone().unwrap_or_default();
        let wanted = all.iter().filter(|one| one.plane == plane);
        wanted.flat_map(|one| replayed(self.inner.server, &one.bytes)).collect()
    }
}

fn replayed(server: u16, bytes: &[u8]) -> Vec<u16> {
    let Ok(mut socket) = TcpStream::connect(("127.0.0.1", server)) else { return Vec::new() };
    let _ = socket.set_read_timeout(Some(ANSWERED));
    let Ok(mut writing) = socket.try_clone() else { return Vec::new() };
    let sent = bytes.to_vec();
    // Beside the reading: the server may stop reading until its answers are taken.
    let sender = std::thread::spawn(move || drop(writing.write_all(&sent)));
    let (mut answers, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    while let Ok(count @ 1..) = socket.read(&mut buffer) {
        answers.extend(&buffer[..count]);
    }
    let _ = socket.shutdown(std::net::Shutdown::Both);
    let _ = sender.join();
    let text = String::from_utf8_lossy(&answers);
    text.split("HTTP/1.1 ").skip(1).filter_map(|rest| rest.get(..3)?.parse().ok()).collect()
}
