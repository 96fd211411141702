//! The whole system from outside: the shipped binaries started as processes, asked over HTTP, judged with ffmpeg.
//!
//! [`cluster`] starts and kills server and clients · [`log`] waits for what they say · [`ask`] speaks to the
//! server · [`films`] makes sources · [`judge`] compares a result with its source.

pub mod ask;
pub mod cluster;
pub mod films;
pub mod judge;
pub mod log;
