//! The server's state machine: which client encodes which frames of which job.
//!
//! [`Cluster::step`] takes one event and records changes and effects.
//! The caller commits the changes first, and only then performs the effects.
//! The same state, `now` and event always give the same result.
//! A step never fails and never blocks.
//! If a client's message no longer fits, the step counts it as stale and answers it.
//!
//! Each part of the state has one owner, which keeps its own invariants and hides its internals.
//! Everything else is functions over the state.
//! Each module uses only modules above it in this list:
//! - [`settings`]: what an operator can configure
//! - [`place`]: a job's place in the queue
//! - [`worker`]: a client, encoding with its processors or with one of its devices
//! - [`load`]: values for each load that a track puts on a client
//! - [`timers`]: all deadlines
//! - [`event`]: the only input
//! - [`sounds`]: how the sound tracks of a job are encoded
//! - [`change`]: changes to the durable record
//! - [`notice`]: lines of the log
//! - [`effect`]: what the caller must do
//! - [`published`]: what a step tells those who watch
//! - [`view`]: a snapshot for readers
//! - [`jobs`]: jobs in the order in which they are served, with their tracks, leases and pieces
//! - [`disk`]: disk space that is reserved
//! - [`roster`]: clients, what each has proved, its speed and its standing
//! - [`state`]: the cluster, which holds all of these
//! - [`outcomes`]: what an event means for jobs, leases, pieces and clients
//! - [`schedule`]: which client gets which frames next
//! - [`handlers`]: one function for each event or timer
//! - [`step`]: handles one event
//! - [`restore`]: rebuilds the cluster at a start
//! - [`explain`]: explains the state to people
//! - [`check`]: all invariants

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
pub mod place;
mod published;
mod restore;
mod roster;
mod schedule;
mod settings;
mod sounds;
mod state;
mod step;
#[cfg(test)]
mod tests;
mod timers;
pub mod view;
mod worker;

pub use self::{
    published::{Published, published},
    roster::liars::STRIKES_WITHIN,
    settings::Settings,
    state::Cluster,
};
