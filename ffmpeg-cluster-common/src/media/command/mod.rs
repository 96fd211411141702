//! What ffmpeg and ffprobe are told.
//!
//! - [`line`]: the words of one run, in their order

pub mod line;

pub use line::Line;
