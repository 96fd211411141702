//! A machine that encodes: takes leases from the server, runs ffmpeg, sends the pieces back.
//!
//! - [`settings`]: how this machine encodes
//! - [`ending`]: the ways in which a client ends without an error
//! - [`gateway`]: the loopback address from which ffmpeg reads its source
//! - [`work`]: one lease, from its offer to its piece on the server
//! - [`incoming`]: the driver's events
//! - [`devices`]: the hardware of this machine, and its tests
//! - [`proved`]: earlier proofs, from the catalog
//! - [`proofs`]: proves encoders and devices by trying them
//! - [`perform`]: performs the core's effects
//! - [`driver`]: the loop that owns the client's core
//! - [`update`]: installs another release of this program from the server
//! - [`client`]: builds these parts and orders the shutdown

pub(crate) mod client;
mod devices;
mod driver;
pub mod ending;
mod gateway;
mod incoming;
mod perform;
mod proofs;
mod proved;
#[cfg(test)]
mod served;
pub(crate) mod settings;
pub mod update;
mod work;
