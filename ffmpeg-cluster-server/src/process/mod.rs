//! The program itself: its threads, its signals, its log.

pub mod log;
pub mod runtime;
pub mod signals;
