//! One file for each kind of event or timer.
//! Handlers never call each other; what they share is in [`super::outcomes`].
//!
//! - [`job`]: people submit and cancel jobs, and the server lists their frames
//! - [`client`]: clients connect, fall silent, and leave
//! - [`lease`]: clients report on their leases
//! - [`piece`]: the server has checked or audited a piece
//! - [`join`]: the server joins a job
//! - [`queue`]: people pause jobs, resume them, and change their order
//! - [`standing`]: pauses end, and operators forgive

pub(super) mod client;
pub(super) mod job;
pub(super) mod join;
pub(super) mod lease;
pub(super) mod piece;
pub(super) mod queue;
pub(super) mod standing;
