//! One file for each kind of event or timer. Handlers never call each other; what they have in common stands in [`super::outcomes`].
//!
//! - [`job`]: people submit and cancel jobs, and the server lists their frames
//! - [`client`]: clients come, fall silent, and go
//! - [`lease`]: clients tell of their leases
//! - [`piece`]: the server has looked at a piece, or audited it
//! - [`join`]: the server joins
//! - [`standing`]: pauses end, clients are forgiven

pub(super) mod client;
pub(super) mod job;
pub(super) mod join;
pub(super) mod lease;
pub(super) mod piece;
pub(super) mod standing;
