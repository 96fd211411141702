use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that ask this program to end: SIGINT and SIGTERM.
#[derive(Debug)]
pub(in super::super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// From here on these signals no longer end the program by themselves.
    pub(in super::super) fn listen() -> io::Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    pub(in super::super) async fn next(&mut self) {
        tokio::select! { _ = self.interrupt.recv() => {}, _ = self.terminate.recv() => {} }
    }
}
