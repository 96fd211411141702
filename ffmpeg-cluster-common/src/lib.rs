//! The mind of FFmpeg Cluster: plain data and pure functions, and two state machines.
//!
//! Everything outside [`io`] compiles without sockets, files, processes, clocks, tasks or randomness;
//! `cargo check -p ffmpeg-cluster-common` proves it. What both bodies need and that does touch the
//! world lives in `io`, behind the feature of that name.
//!
//! The rooms. Dependencies point from the lower ones of this list to the upper ones, never back:
//!
//! - [`time`]: moments and lengths of time
//! - [`limits`]: every bound, with its reason
//! - [`text`]: texts of people and programs, made fit and read
//! - [`ids`]: identities
//! - [`frames`]: ranges of frames, and fractions
//! - [`fault`]: what can go wrong, and what follows
//! - [`access`]: roles, secrets and invitations
//! - [`media`]: films, from what is asked for to what ffmpeg is told
//! - [`protocol`]: the wire and the commands of people
//! - [`tools`]: which ffmpeg, and what it can do
//! - [`cluster`]: the server's mind
//! - [`client`]: the client's mind
//! - [`io`]: what touches the world (feature `io`)

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod access;
pub mod client;
pub mod cluster;
pub mod fault;
pub mod frames;
pub mod ids;
pub mod limits;
pub mod media;
pub mod protocol;
pub mod text;
pub mod time;
pub mod tools;

/// The clock, files and locks are what it is for.
#[cfg(feature = "io")]
#[allow(clippy::disallowed_methods, clippy::disallowed_types)]
pub mod io;
