//! Words that everything else uses.
//!
//! - [`container`]: what a result file can hold, and what it is told
//! - [`device`]: what encodes in hardware
//! - [`kind`]: kinds of streams

pub mod container;
pub mod device;
pub mod kind;
