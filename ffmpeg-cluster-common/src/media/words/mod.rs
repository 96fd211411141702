//! Words that all other modules use.
//!
//! - [`container`]: what a result file can hold, and its defaults
//! - [`device`]: hardware encoders
//! - [`kind`]: kinds of streams

pub mod container;
pub mod device;
pub(crate) mod kind;
