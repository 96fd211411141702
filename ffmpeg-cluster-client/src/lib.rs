//! The second body of FFmpeg Cluster: holds a link to the server, runs ffmpeg, moves bytes; decides nothing.
//!
//! [`config`] flags → settings · [`app`] builds the parts and orders the shutdown · [`verbs`], [`upload`] what
//! people do with a server.

pub mod abilities;
pub mod api;
pub mod app;
pub mod catalog;
mod chance;
pub mod config;
mod driver;
pub mod fetch;
pub mod folders;
pub mod follow;
pub mod gateway;
pub mod identity;
pub mod link;
pub mod machine;
mod perform;
mod report;
#[cfg(test)]
mod scratch;
pub mod signals;
pub mod upload;
pub mod verbs;
pub mod work;

pub use app::{Ending, run};
