//! Everything that comes in by the network.
//!
//! - [`answer`]: replies, and the one error that every address has.
//! - [`refusal`]: why the gate turns somebody away; counted, and logged without a flood.
//! - [`rate`]: how fast messages of a socket may come.
//! - [`services`]: what answers are made of.
//! - [`call`]: one request that was let in.
//! - [`socket`]: our own handshake for WebSockets.
//! - [`keys`]: which client it is that asks for bytes.
//! - [`range`]: `Range` and `If-Range`.
//! - [`sending`]: a file goes out, whole or in ranges.
//! - [`resources`]: the handlers, one file for each thing that is asked for.
//! - [`sessions`]: the WebSocket of each client.
//! - [`routes`]: the table of all addresses.
//! - [`gate`]: accepts connections, knows who asks, and lets in by the table.

mod answer;
mod call;
pub(crate) mod gate;
mod keys;
mod range;
mod rate;
mod refusal;
mod resources;
mod routes;
mod sending;
mod services;
mod sessions;
mod socket;

pub(crate) use self::services::Services;
#[cfg(test)]
pub(crate) use self::{
    range::ranged,
    resources::tus::{Checksum, file_name},
};
