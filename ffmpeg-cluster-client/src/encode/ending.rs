//! The ways in which a client ends without an error.

use std::path::PathBuf;

use ffmpeg_cluster_common::protocol::release::Release;

/// The way in which a client ended without an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Done, or stopped as asked.
    Done,
    /// It failed, and whoever waits was told why.
    Failed {
        /// What the program ends with.
        code: u8,
    },
    /// `--persistent false`, and the server can't be reached.
    ServerGone { server: String },
    /// The server refuses this client, in its own words.
    Refused(String),
    /// The server needs another release of this program, and has it.
    Outdated { why: String, release: Release },
    /// That release has replaced this program.
    Updated { program: PathBuf, release: Release },
}
