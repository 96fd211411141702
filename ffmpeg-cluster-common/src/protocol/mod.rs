//! The wire protocol: control messages over one WebSocket for each client, commands, and the paths
//! and headers of the byte plane.
//!
//! - [`to_server`]: control messages of a client
//! - [`to_client`]: control messages of the server
//! - [`read_hello`]: reads and bounds the first message of a client
//! - [`error_code`]: the codes of errors
//! - [`command`]: commands of people
//! - [`reply`]: replies to them
//! - [`reason`]: why a job waits
//! - [`read_command`]: reads a command, and names what is wrong with it
//! - [`release`]: the program that the server offers to its clients
//! - [`transfer`]: paths and headers of the byte plane

pub mod command;
mod error_code;
mod read_command;
mod read_hello;
pub mod reason;
pub mod release;
pub mod reply;
pub mod to_client;
pub mod to_server;
pub mod transfer;

pub use self::{
    read_command::read_command,
    read_hello::{platform_of, read_hello, tidied_devices, tidied_list},
};

#[cfg(test)]
mod tests {
    use crate::limits::PROTOCOL;

    #[test]
    fn the_documentation_names_the_version() {
        let page = include_str!("../../../docs/protocol.md");
        assert!(page.contains(&format!("This is version {PROTOCOL}.")));
    }
}
