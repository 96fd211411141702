//! The loop around the cluster's core.
//!
//! - [`leases`]: who holds which lease, for those who ask for bytes.
//! - [`incoming`]: what the loop is given, and who may ask it.
//! - [`free_disk`]: tells the loop how much may be written.
//! - [`notice`]: what observers are told, as lines of the log.
//! - [`perform`]: carries effects out.
//! - [`driver`]: takes events, steps the core, commits, then performs.

pub(crate) mod driver;
pub(crate) mod free_disk;
pub(crate) mod incoming;
pub(crate) mod leases;
mod notice;
pub(crate) mod perform;
