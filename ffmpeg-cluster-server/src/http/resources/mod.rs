//! The handlers of all addresses, one file for each thing that is asked for. Bytes go over HTTP beside the sockets, so that a
//! heartbeat never waits behind a film.
//!
//! - [`tus`]: the words of tus 1.0.
//! - [`names`]: what people call jobs, uploads and clients.
//! - [`uploads`], [`receive`]: films come in.
//! - [`sources`]: a source goes out to clients, chunk by chunk.
//! - [`pieces`]: a piece comes in, chunk by chunk.
//! - [`jobs`]: what jobs are, and why they wait.
//! - [`results`]: a finished film goes out.
//! - [`releases`]: programs for clients.
//! - [`state`]: health, clients, refusals.
//! - [`commands`]: one command in, one reply out.

pub(in crate::http) mod commands;
pub(in crate::http) mod jobs;
mod names;
pub(in crate::http) mod pieces;
mod receive;
pub(in crate::http) mod releases;
pub(in crate::http) mod results;
pub(in crate::http) mod sources;
pub(in crate::http) mod state;
pub(in crate::http) mod tus;
pub(in crate::http) mod uploads;
