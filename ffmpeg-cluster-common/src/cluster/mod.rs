//! The server's mind: which client gets which frames of which job, and what becomes of them.
//!
//! [`Cluster::step`] takes one event and records changes (to be committed) and effects (to be performed
//! after the commit). Same state, same `now`, same event → same result. It never fails and never blocks.

pub mod change;
pub mod effect;
pub mod event;
pub mod view;
