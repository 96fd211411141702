//! A machine that encodes: takes leases from the server, runs ffmpeg, sends the pieces back.
//!
//! - [`settings`]: how this machine encodes
//! - [`ending`]: how a client ends that did not fail
//! - [`gateway`]: the loopback address from which ffmpeg reads its source
//! - [`work`]: one lease, from its offer to its piece on the server
//! - [`incoming`]: what the driver is given
//! - [`devices`]: the hardware of this machine, and its tests
//! - [`proved`]: what was proved earlier, in the catalog
//! - [`proofs`]: proves encoders and devices by trying them
//! - [`perform`]: carries out what the core decided
//! - [`driver`]: the loop that owns the client's core
//! - [`update`]: another release of this program, from the server
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
