//! The server's mind: which client gets which frames of which job, and what becomes of them.
//!
//! [`Cluster::step`] takes one event and records changes (to be committed) and effects (to be performed
//! after the commit). Same state, same `now`, same event → same result. It never fails and never blocks;
//! what a peer says that does not fit is counted as stale and answered.
//!
//! State has owners, which know nothing of each other's insides and keep their own invariants; everything else is functions over
//! the state. Those of one room use rooms above it in this list, never below:
//! - [`settings`], [`worker`], [`load`], [`timers`]: small values; deadlines
//! - [`event`], [`change`], [`notice`], [`effect`], [`view`]: what comes in, is remembered, told, to do, and shown
//! - [`jobs`]: jobs in their order, their tracks, leases and pieces
//! - [`disk`]: space that is promised
//! - [`roster`]: clients, what each proved, how fast it is, how it stands
//! - [`state`]: the cluster, which holds all of these
//! - [`outcomes`]: what follows from an event for jobs, leases, pieces and clients
//! - [`schedule`]: who gets which frames next
//! - [`handlers`]: one function for each event or timer
//! - [`step`], [`restore`], [`explain`], [`check`]: the ways in: an event, a start, a view, every invariant

pub mod change;
mod check;
mod disk;
pub mod effect;
pub mod event;
mod explain;
mod handlers;
mod jobs;
mod load;
mod notice;
mod outcomes;
mod restore;
mod roster;
mod schedule;
mod settings;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod timers;
pub mod view;
mod worker;

pub use self::roster::liars::STRIKES_WITHIN;
pub use self::settings::Settings;
pub use self::state::Cluster;
