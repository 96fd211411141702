//! What a person reads.
//!
//! - [`colour`]: what is coloured, where colours are shown
//! - [`fit`]: text as wide as the terminal
//! - [`progress`]: a bar or lines about work in progress, on the error stream
//! - [`report`]: a job and its proof, on standard output
//! - [`table`]: lists as aligned columns
//! - [`spans`]: who encoded what, as a table
//! - [`live`]: a list that is drawn anew

use std::io::Write as _;

use ffmpeg_cluster_common::text::safe;

pub(crate) mod colour;
pub(crate) mod fit;
pub(crate) mod live;
pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod spans;
pub(crate) mod table;

/// Tells a person who typed something what is wrong; no line of a log.
pub(crate) fn tell(problem: &str) {
    let line = format!("error: {}", safe::escaped(problem));
    let line = fit::wrapped(&line, fit::of_errors(), 0);
    let line = line.replacen("error:", &colour::of_error("error:"), 1);
    let _ = writeln!(std::io::stderr(), "{line}");
}
