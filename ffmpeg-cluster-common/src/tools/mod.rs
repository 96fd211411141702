//! Which ffmpeg is wanted, what it can do, and how it is unpacked.
//! `io::tools` finds, fetches and installs it.
//!
//! - `version`: which versions are new enough
//! - [`capabilities`]: what one ffmpeg can do
//! - [`builds`]: which build is fetched for each platform, and its address
//! - [`archive`]: takes a few named files out of an archive

pub mod archive;
pub mod builds;
pub mod capabilities;
#[cfg(feature = "io")]
pub(crate) mod version;
