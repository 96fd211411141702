//! The client's state machine.
//! It stays connected, works on one segment while the next waits, and forgets no piece before the
//! server has kept it.
//! The contract is that of the server's: one event in, effects out, without a clock or randomness
//! of its own.
//!
//! - [`event`]: what the client's body tells
//! - [`effect`]: what the client's body must do
//! - [`check`]: whether an offer is one that this client accepts
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
