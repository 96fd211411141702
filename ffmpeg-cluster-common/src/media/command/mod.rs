//! One run of ffmpeg or ffprobe as plain data: what it is told, and all that it may touch.
//!
//! - [`line`]: the words of a run, in their order
//! - [`input`]: from where a run reads a film
//! - [`look`]: the server looks at a film, lists it, listens to it, counts it
//! - [`list`]: lines that list
//! - [`heard`]: which sounds hold anything
//! - [`count`]: frames that only filters know
//! - [`piece`]: a client makes what it leased
//! - [`encode`]: frames → the line of an encoder
//! - [`ends`]: what it tells of the source meanwhile
//! - [`sound`]: sound that is encoded whole
//! - [`progress`]: what ffmpeg tells meanwhile → numbers
//! - [`device_test`]: a client tries an encoder or a device
//! - [`test_picture`]: the picture of that
//! - [`joining`]: the server puts a result together, and tries that before
//! - [`join`]: the line that joins pieces
//! - [`unlike`]: pieces of unlike encoders
//! - [`dry_run`]: the line of a few frames by which parameters are tried
//!
//! The bodies run a [`Command`] and add nothing to it.

pub mod count;
pub mod device_test;
pub mod dry_run;
pub mod encode;
pub mod ends;
pub mod heard;
pub mod input;
pub mod join;
pub mod joining;
pub mod line;
pub mod list;
pub mod look;
pub mod piece;
pub mod progress;
pub mod sound;
pub mod test_picture;
#[cfg(test)]
mod tests;
pub mod unlike;

use std::path::{Path, PathBuf};

pub use input::{Input, Opening};
pub use line::Line;

use crate::limits::MEMORY_BYTES_FEW;
use crate::time::Millis;

/// A run on the server that says nothing for so long hangs.
const QUIET_MAX: Millis = Millis::secs(120);

/// Which program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    Ffmpeg,
    Ffprobe,
}

/// On whose machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Server,
    Client,
}

impl Side {
    /// How far its runs step back behind other programs. Where a machine does nothing else they lose nothing. Where the server
    /// runs beside encoders, its checks go before them, and the next lease comes sooner; answers to clients and people go first.
    /// Encoders step back no further: on a busy machine an encoder that is killed needs its turn to end, too, and at 10 that took
    /// longer than a client may take to stop.
    const fn nice(self) -> i32 {
        match self {
            Self::Server => 2,
            Self::Client => 5,
        }
    }

    /// A client's run is judged by what it reads, too: while it waits for the server it is silent, and does not hang.
    const fn quiet_max(self) -> Option<Millis> {
        match self {
            Self::Server => Some(QUIET_MAX),
            Self::Client => None,
        }
    }
}

/// What is not named here is out of its reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub tool: Tool,
    pub arguments: Vec<String>,
    /// Files, or folders with all that is in them.
    pub reads: Vec<PathBuf>,
    /// The source, which is open already: it is read by its descriptor.
    pub holds_source: bool,
    /// Files that it makes.
    pub writes: Vec<PathBuf>,
    /// The most bytes that one of them may have.
    pub write_bytes_max: u64,
    /// A TCP port of this machine to connect to.
    pub port: Option<u16>,
    /// Graphics cards, for encoders that live there.
    pub cards: bool,
    /// Larger than this, in bytes of memory, it is killed.
    pub memory_max: u64,
    /// Without a byte on standard output for this long it is killed.
    pub quiet_max: Option<Millis>,
    /// How far it steps back behind other programs, 0 to 19.
    pub nice: i32,
}

impl Command {
    fn new(side: Side, tool: Tool, arguments: Vec<String>) -> Self {
        Self {
            tool,
            arguments,
            reads: Vec::new(),
            holds_source: false,
            writes: Vec::new(),
            write_bytes_max: 0,
            port: None,
            cards: false,
            memory_max: MEMORY_BYTES_FEW,
            quiet_max: side.quiet_max(),
            nice: side.nice(),
        }
    }

    pub(super) fn ffmpeg(side: Side, arguments: Vec<String>) -> Self {
        Self::new(side, Tool::Ffmpeg, arguments)
    }

    pub(super) fn ffprobe(side: Side, arguments: Vec<String>) -> Self {
        Self::new(side, Tool::Ffprobe, arguments)
    }

    pub(super) fn opens(mut self, input: &Input) -> Self {
        match input {
            Input::File(path) => return self.reads(path),
            Input::Held(_) => self.holds_source = true,
            Input::Gateway { port, .. } => self.port = Some(*port),
            Input::Drawn => {}
        }
        self
    }

    pub(super) fn reads(mut self, path: &Path) -> Self {
        self.reads.push(path.to_owned());
        self
    }

    pub(super) fn writes(mut self, file: &Path, bytes_max: u64) -> Self {
        self.writes.push(file.to_owned());
        self.write_bytes_max = self.write_bytes_max.max(bytes_max);
        self
    }

    pub(super) fn memory(mut self, bytes: u64) -> Self {
        self.memory_max = bytes;
        self
    }
}

pub(super) fn text(path: &Path) -> String {
    path.display().to_string()
}
