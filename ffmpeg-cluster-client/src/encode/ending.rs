//! How a client ended of which no more is to be said than its ending.

use std::path::PathBuf;

use ffmpeg_cluster_common::protocol::release::Release;

/// How a client ended of which no more is to be said than its ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Done, or stopped as asked.
    Done,
    /// It failed, and the person who waits was told why.
    Failed,
    /// `--persistent false`, and the server can't be reached.
    ServerGone { server: String },
    /// The server refuses this client, in its own words.
    Refused(String),
    /// The server needs another release of this program, and has it.
    Outdated { why: String, release: Release },
    /// That release has replaced this program.
    Updated { program: PathBuf, release: Release },
}
