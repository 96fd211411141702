//! The command line.
//!
//! - [`ladder`]: flags about a ladder
//! - [`job`]: flags about one job
//! - [`arguments`]: what some verbs take
//! - [`verb`]: the verbs, as clap reads them
//! - [`flags`]: everything that can be typed, as clap reads it
//! - [`given`]: flags, variables and the settings file, not yet checked
//! - [`asked`]: the checked request
//! - [`verbs`]: what each verb does

mod arguments;
pub mod asked;
mod flags;
pub mod given;
mod job;
mod ladder;
mod verb;
pub(crate) mod verbs;

#[cfg(test)]
mod docs_tests;
