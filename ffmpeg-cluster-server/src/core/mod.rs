//! The loop around the cluster's core.
//!
//! - [`metrics`]: what the server measures of itself.
//! - [`leases`]: who holds which lease, for requests for bytes.
//! - [`incoming`]: what the loop receives, and the handle that sends it.
//! - [`free_disk`]: tells the loop how many bytes may be written.
//! - [`telling`]: what a commit tells beside its changes.
//! - [`notice`]: notices for observers, as log lines.
//! - [`perform`]: carries effects out.
//! - [`driver`]: takes events, steps the core, commits, then performs.

pub(crate) mod driver;
pub(crate) mod free_disk;
pub(crate) mod incoming;
pub(crate) mod leases;
pub(crate) mod metrics;
mod notice;
pub(crate) mod perform;
mod telling;
