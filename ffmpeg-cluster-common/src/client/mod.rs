//! The client's state machine.
//! It stays connected, works on one segment while the next waits, and forgets no piece before the
//! server has kept it.
//! Its contract is that of the server's state machine: one event in, effects out, without a clock
//! or randomness of its own.
//!
//! - [`event`]: what the client's body reports
//! - [`effect`]: what the client's body must do
//! - [`check`]: whether this client accepts an offer
//! - [`held`]: a lease that the client holds
//! - [`state`]: the client's state, and one step of it
//! - [`session`]: the session with the server
//! - [`lease`]: the life of each lease

mod check;
mod effect;
mod event;
mod held;
mod lease;
mod session;
mod state;
#[cfg(test)]
mod tests;

pub use self::{
    effect::{Effect, Ending, Notice},
    event::{Event, MadePiece},
    state::{Client, Settings},
};
