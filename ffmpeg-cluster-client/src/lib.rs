//! The body of FFmpeg Cluster that people and encoding machines start: it carries events in and performs effects;
//! what to do is decided by `ffmpeg_cluster_common::client`.
//!
//! From the ground up, each room uses only those before it:
//!
//! - [`machine`]: this machine, and what the client keeps on it
//! - [`terminal`]: what a person reads
//! - [`server`]: the server, how it is spoken to, and what may go wrong on the way
//! - [`submit`]: a person with a film
//! - [`encode`]: a machine that encodes
//! - [`cli`]: flags, verbs, and what was asked
//! - [`app`]: does what was asked

pub mod app;
pub mod cli;
pub mod encode;
pub mod machine;
mod server;
mod submit;
mod terminal;
