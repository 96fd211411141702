//! One run of ffmpeg or ffprobe as plain data: its arguments, and all that it may touch.
//!
//! - [`line`]: the arguments of a run, in their order
//! - [`input`]: where a run reads a film
//! - [`list`]: arguments that list packets and frames
//! - [`encode`]: arguments that encode frames
//! - [`count`]: counts frames that only filters determine
//! - [`ends`]: hashes of the source's frames, from the run that makes a piece
//! - [`sound`]: arguments that encode all sound as one file
//! - [`heard`]: which sounds have samples
//! - [`still`]: one frame as a picture
//! - [`examine`]: runs that examine a film on the server
//! - [`piece`]: runs that make a leased piece
//! - [`fragments`]: copies a piece into fragmented files
//! - [`progress`]: reads ffmpeg's progress
//! - [`test_picture`]: the picture of a device test
//! - [`device_test`]: runs that test an encoder or a device
//! - [`mixed_encoders`]: pieces of different encoders in one film
//! - [`join`]: arguments that join pieces
//! - [`subtitles`]: text subtitles as WebVTT
//! - [`dry_run`]: arguments that try parameters on a few frames
//! - [`joining`]: runs that join a result, and their dry run
//!
//! The programs run a [`Command`] and add nothing to it.

pub mod count;
pub mod device_test;
pub mod dry_run;
pub mod encode;
pub mod ends;
pub mod examine;
pub mod fragments;
pub mod heard;
pub(crate) mod input;
pub mod join;
pub mod joining;
pub(crate) mod line;
pub(in crate::media) mod list;
pub mod mixed_encoders;
pub mod piece;
pub mod progress;
pub mod sound;
pub(crate) mod still;
pub mod subtitles;
pub mod test_picture;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

pub use input::{Input, Opening};
pub use line::Line;

use crate::limits::MEMORY_BYTES_FEW;
use crate::time::Millis;

/// A server run that prints nothing for this long is considered hung.
const QUIET_MAX: Millis = Millis::secs(120);

/// The program to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    Ffmpeg,
    Ffprobe,
}

/// Whose machine runs the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Server,
    Client,
}

impl Side {
    /// The nice value of a side's runs; on an idle machine it costs nothing.
    /// If the server shares a machine with encoders, its checks go first, and the next lease comes sooner.
    /// The server's answers to clients and people go before both.
    /// Encoders get no higher value, because a killed encoder needs processor time to exit.
    /// At 10, on a busy machine, that took longer than a client may take to stop.
    const fn nice(self) -> i32 {
        match self {
            Self::Server => 2,
            Self::Client => 5,
        }
    }

    /// The client has no such bound: a run that waits for the server
    /// is silent without being hung.
    const fn quiet_max(self) -> Option<Millis> {
        match self {
            Self::Server => Some(QUIET_MAX),
            Self::Client => None,
        }
    }
}

/// A run with its limits; it can reach only what is named here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub(crate) tool: Tool,
    pub arguments: Vec<String>,
    /// Files, or folders with all that is in them.
    pub reads: Vec<PathBuf>,
    /// Whether the run reads an already open source by its descriptor.
    pub holds_source: bool,
    /// Files that the run makes.
    pub writes: Vec<PathBuf>,
    /// The most bytes of one such file.
    pub write_bytes_max: u64,
    /// A TCP port of this machine that the run may connect to.
    pub port: Option<u16>,
    /// The source's address at that port. It contains a key, which must not appear in logs or errors.
    pub(crate) unsaid: Option<String>,
    /// Whether the run may use graphics cards.
    pub cards: bool,
    /// The most bytes of memory; a larger run is killed.
    pub memory_max: u64,
    /// The longest silence on standard output; a run that is silent for longer is killed.
    pub quiet_max: Option<Millis>,
    /// The nice value, 0 to 19.
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
            unsaid: None,
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
            Input::Gateway { port, url } => {
                self.port = Some(*port);
                self.unsaid = Some(url.clone());
            }
            Input::Drawn => {}
        }
        self
    }

    /// The arguments, for a log.
    pub fn line(&self) -> String {
        unsaid(self.arguments.join(" "), self.unsaid.as_ref())
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

/// The line for a log, with the source's address replaced.
pub(crate) fn unsaid(line: String, address: Option<&String>) -> String {
    match address {
        Some(address) if line.contains(address.as_str()) => line.replace(address.as_str(), "(its source)"),
        Some(_) | None => line,
    }
}

pub(super) fn text(path: &Path) -> String {
    path.display().to_string()
}
