//! The command line.
//!
//! - [`parsers`]: texts of flags become values
//! - [`truths`]: flags that are true or false
//! - [`job`]: flags about one job
//! - [`verb`]: the verbs, as clap reads them
//! - [`flags`]: everything that can be typed, as clap reads it
//! - [`file`]: the file of `--config`
//! - [`layers`]: flags over variables over the file over defaults
//! - [`asked`]: what was asked for, checked
//! - [`verbs`]: what each verb does

pub mod asked;
mod file;
mod flags;
mod job;
pub mod layers;
mod parsers;
mod truths;
mod verb;
pub(crate) mod verbs;

#[cfg(test)]
mod docs_tests;
