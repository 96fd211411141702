//! The command line.
//!
//! - [`parsers`]: texts of flags become values
//! - [`job`]: flags about one job
//! - [`verb`]: the verbs, as clap reads them
//! - [`flags`]: everything that can be typed, as clap reads it
//! - [`asked`]: what was asked for, checked
//! - [`verbs`]: what each verb does

pub mod asked;
pub mod flags;
mod job;
mod parsers;
mod verb;
pub(crate) mod verbs;
