//! The wire: control messages over one WebSocket for each client, commands, and the names of the byte plane.

pub mod command;
pub mod to_client;
pub mod to_server;
pub mod transfer;
