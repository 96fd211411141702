//! Everything that comes in over the network, and what others are told.
//!
//! - [`problem`]: what a refused caller is told.
//! - [`query`]: the parameters of an address; [`cursor`]: where a page of a list ended.
//! - [`answer`]: replies, or a problem; [`tagged`]: replies with an ETag.
//! - [`cookie`]: the cookie of a signed-in browser.
//! - [`refusal`]: why the gate refuses a request; counted, and logged without a flood.
//! - [`rate`]: a limit on the messages of a WebSocket.
//! - [`at_work`]: requests that must not begin twice.
//! - [`webhooks`]: tells others of events.
//! - [`services`]: what handlers work with.
//! - [`call`]: one admitted request.
//! - [`socket`]: our own handshake for WebSockets.
//! - [`keys`]: which client asks for bytes.
//! - [`range`]: `Range` and `If-Range`.
//! - [`sending`]: sends a file, whole or in ranges.
//! - [`resources`]: the handlers, one file for each resource.
//! - [`sessions`]: the WebSocket of each client.
//! - [`routes`]: the table of all addresses.
//! - [`gate`]: accepts connections, knows the callers, and admits requests by the table.

mod answer;
#[cfg(test)]
mod api_tests;
mod at_work;
mod call;
mod cookie;
mod cursor;
pub(crate) mod gate;
mod keys;
#[cfg(test)]
mod making_tests;
mod problem;
mod query;
mod range;
mod rate;
mod refusal;
mod resources;
mod routes;
mod sending;
mod services;
mod sessions;
mod socket;
mod tagged;
#[cfg(test)]
mod webhook_tests;
mod webhooks;

pub(crate) use self::services::Services;
#[cfg(test)]
pub(crate) use self::{
    range::ranged,
    resources::tus::{Checksum, file_name},
};
