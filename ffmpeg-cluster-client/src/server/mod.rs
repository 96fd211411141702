//! The server as this client sees it: where it is, how to reach it, and what may fail on the way.
//!
//! - [`address`]: the server's name, port and pass
//! - [`choice`]: a person's settings about the server
//! - [`joining`]: which server to use, and in which role
//! - [`wire`]: the one place that makes HTTP clients and connections
//! - [`api`]: commands and their replies over HTTP
//! - [`retries`]: when to retry a broken transfer
//! - [`download`]: fetches a file from the server, across broken connections
//! - [`watch`]: what happens on the server, as it happens
//! - [`link`]: the WebSocket of an encoding client

pub(crate) mod address;
pub(crate) mod api;
pub(crate) mod choice;
pub(crate) mod download;
pub(crate) mod joining;
pub(crate) mod link;
pub(crate) mod retries;
pub(crate) mod watch;
pub(crate) mod wire;
