//! Which log lines are wanted.

use ffmpeg_cluster_common::io::log;

use crate::settings::LogFormat;

/// To standard error, for the life of the process; `RUST_LOG` says what else is wanted.
pub fn start(format: LogFormat) {
    log::start(format == LogFormat::Json, "info");
}
