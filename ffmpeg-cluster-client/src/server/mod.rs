//! The server as this client sees it: where it is, how it is spoken to, and what may go wrong on the way.
//!
//! - [`address`]: the server's name, port and pass
//! - [`choice`]: what a person said about the server
//! - [`joining`]: which server, and as whom
//! - [`wire`]: the one place that makes HTTP clients and connections
//! - [`api`]: commands and their replies over HTTP
//! - [`retries`]: when a broken transfer is tried again
//! - [`download`]: a file of the server, across broken connections
//! - [`link`]: the WebSocket of an encoding client

pub(crate) mod address;
pub(crate) mod api;
pub(crate) mod choice;
pub(crate) mod download;
pub(crate) mod joining;
pub(crate) mod link;
pub(crate) mod retries;
pub(crate) mod wire;
