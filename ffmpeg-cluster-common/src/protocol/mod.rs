//! The wire protocol: control messages over one WebSocket for each client, commands, and the paths
//! and headers of the byte plane.

pub mod command;
mod read_command;
mod read_hello;
pub mod release;
pub mod to_client;
pub mod to_server;
pub mod transfer;

pub use read_command::read_command;
pub use read_hello::{platform_of, read_hello, tidied_devices, tidied_list};
