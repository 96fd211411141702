//! Takes films in, hands out frame-exact segments, joins and proves the results.
//!
//! Modules from the ground up: each uses those above it in this list, and none below.
//!
//! - [`store`]: the work folder and the database: all that outlives the process.
//! - [`settings`]: flags, environment and file, checked all at once.
//! - [`access`]: who the caller is, by token and certificate, and the log of what callers did.
//! - [`work`]: runs of ffmpeg and ffprobe over one job's files: index, check, audit, join, proof. Each returns a value.
//! - [`core`]: the loop around the cluster's core: events in, changes committed, effects performed.
//! - [`admission`]: turns a command into a checked job, or a typed error, before any work.
//! - [`http`]: connections, addresses, the WebSockets of clients and people, the bytes of films and pieces.
//! - [`cli`]: the command line and the verbs of the program.
//! - [`app`]: builds the parts, wires them, and orders the shutdown.

mod access;
mod admission;
pub mod app;
pub mod cli;
mod core;
mod http;
#[cfg(test)]
mod outside_tests;
#[cfg(test)]
mod samples;
pub mod settings;
pub mod store;
mod work;

pub use access::certificate::Certificate;
pub use app::run;
/// For tests that examine films as the server does, without a server.
pub use work::answers::{read as source_of_ffprobe, read_x264_build};
