//! Which log lines are wanted.

use ffmpeg_cluster_common::io::log;

/// To standard error, for the life of the process; `RUST_LOG` says what else is wanted.
pub fn start(json: bool) {
    log::start(json, "info");
}
