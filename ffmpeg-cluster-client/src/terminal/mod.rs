//! What a person reads.
//!
//! - [`progress`]: a bar or lines about work in progress, on the error stream
//! - [`report`]: a job and its proof, on standard output
//! - [`table`]: lists as aligned columns

use std::io::Write as _;

use ffmpeg_cluster_common::text::safe;

pub(crate) mod fit;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod table;

/// Tells a person who typed something what is wrong; no line of a log.
pub(crate) fn tell(problem: &str) {
    let line = format!("error: {}", safe::escaped(problem));
    let _ = writeln!(std::io::stderr(), "{}", fit::wrapped(&line, fit::of_errors(), 0));
}
