//! Knowledge about films: pure functions that turn the words of ffprobe and users into ffmpeg's arguments.
//!
//! Seven modules. Each uses those above it in this list, never one below:
//!
//! - [`words`]: words that all other modules use
//! - [`source`]: the input and what we know of it
//! - [`params`]: the parameters of a user
//! - [`plan`]: what the clients make
//! - [`command`]: the arguments of ffmpeg and ffprobe
//! - [`proof`]: checks of pieces and results
//! - [`stream`]: films in segments for players

pub mod command;
pub mod params;
pub mod plan;
pub mod proof;
#[cfg(test)]
mod sample;
pub mod source;
pub mod stream;
pub mod words;
