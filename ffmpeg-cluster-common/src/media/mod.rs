//! What we know of films: pure functions from what ffprobe and people say to what ffmpeg is told.
//!
//! Six rooms. Each uses those above it in this list, never one below:
//!
//! - [`words`]: words that everything else uses
//! - [`source`]: what goes in
//! - [`params`]: what is asked for
//! - [`plan`]: what will be made
//! - [`command`]: what ffmpeg and ffprobe are told
//! - [`proof`]: whether it is what it should be

pub mod command;
pub mod params;
pub mod plan;
pub mod proof;
#[cfg(test)]
mod sample;
pub mod source;
pub mod words;
