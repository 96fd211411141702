//! ffmpeg and ffprobe on this machine: found where they are, or fetched and installed.
//!
//! - [`find`]: goes through the [`places`] and [`look`]s whether what lies there will do
//! - [`capabilities`]: what an ffmpeg can do, asked once
//! - [`install`]: fetches a build and puts it into place
//! - [`fetch`]: brings a known file here, whole or not at all
//! - [`archive`]: takes files out of archives
//! - [`flags`]: how people say which ffmpeg they want
//! - [`allow`]: formats beyond the tables, against what this ffmpeg has

mod allow;
pub mod archive;
mod capabilities;
pub mod fetch;
mod find;
mod flags;
pub mod install;
mod look;
mod places;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use self::find::find;
pub use self::flags::FetchFlags;
use crate::tools::capabilities::Capabilities;

/// What was found, proved by running it.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    pub ffmpeg: PathBuf,
    pub ffprobe: PathBuf,
    /// As ffmpeg says it, for instance `5.1.9-0+deb12u1`.
    pub version: String,
    pub capabilities: Capabilities,
    /// Of this very program and its libraries; what was proved of another says nothing of it.
    pub key: String,
}
