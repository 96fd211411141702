//! The body of the client, which people and encoding machines start: it collects events and performs effects;
//! `ffmpeg_cluster_common::client` decides what to do.
//!
//! From the ground up; each module uses only those before it:
//!
//! - [`machine`]: this machine, and what the client keeps on it
//! - [`terminal`]: what a person reads
//! - [`server`]: where the server is, how to reach it, and what may fail on the way
//! - [`submit`]: a person with a film
//! - [`encode`]: a machine that encodes
//! - [`cli`]: flags, verbs, and the checked request
//! - [`app`]: carries out the request

pub mod app;
pub mod cli;
pub mod encode;
pub mod machine;
mod server;
mod submit;
mod terminal;
