//! How a client ended that did not fail.

use std::path::PathBuf;

use ffmpeg_cluster_common::protocol::release::Release;

/// How a client ended that did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Done, or stopped as asked.
    Done,
    /// `--persistent false`, and the server can't be reached.
    ServerGone,
    /// The server does not want this client; its own words.
    Refused(String),
    /// It wants another release of it, which it has.
    Outdated { why: String, release: Release },
    /// That release lies in this program's place now.
    Updated { program: PathBuf, release: Release },
}
