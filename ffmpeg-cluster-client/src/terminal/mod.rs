//! What a person reads.
//!
//! - [`progress`]: a bar or lines about work in progress, on the error stream
//! - [`report`]: a job and its proof, on standard output
//! - [`table`]: lists as aligned columns

pub(crate) mod progress;
pub(crate) mod report;
pub(crate) mod table;
