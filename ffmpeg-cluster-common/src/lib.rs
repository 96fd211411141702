//! The mind of FFmpeg Cluster: plain data and pure functions, and two state machines.
//!
//! Everything outside [`io`] compiles without sockets, files, processes, clocks, tasks or randomness;
//! `cargo check -p ffmpeg-cluster-common` proves it. What both bodies need and that does touch the
//! world lives in `io`, behind the feature of that name.
//!
//! Dependencies point one way: `cluster` and `client` → `media`, `protocol` → `frames`, `ids`, `time`.

pub mod archive;
pub mod backoff;
pub mod builds;
pub mod client;
pub mod cluster;
pub mod fault;
pub mod frames;
pub mod ids;
pub mod join;
pub mod known;
pub mod limits;
pub mod media;
pub mod names;
pub mod protocol;
pub mod role;
pub mod secret;
pub mod shown;
pub mod time;
pub mod wall_text;

#[cfg(feature = "io")]
pub mod io;
