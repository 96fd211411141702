//! The second body of FFmpeg Cluster: holds a link to the server, runs ffmpeg, moves bytes; decides nothing.
//!
//! [`config`] flags → settings · [`app`] builds the parts and orders the shutdown · [`verbs`], [`upload`] what
//! people do with a server.

pub mod app;
mod chance;
pub mod config;
pub mod gateway;
#[cfg(test)]
mod scratch;
pub mod signals;
pub mod upload;
pub mod verbs;

pub use app::{Ending, run};
