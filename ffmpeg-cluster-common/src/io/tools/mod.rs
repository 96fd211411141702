//! ffmpeg and ffprobe on this machine: found, or fetched and installed.
//!
//! - [`find`]: searches the [`places`] and takes the first suitable programs
//! - [`identify`]: checks whether a program is ffmpeg, and which version
//! - [`capabilities`]: what an ffmpeg can do, asked once
//! - [`install`]: fetches a build and puts it into place
//! - [`fetch`]: downloads or copies a known file, completely or not at all
//! - [`archive`]: extracts files from archives
//! - [`flags`]: options that choose an ffmpeg
//! - [`allow`]: checks the formats that the operator allows against this ffmpeg

mod allow;
pub mod archive;
mod capabilities;
pub mod fetch;
mod find;
mod flags;
mod identify;
pub mod install;
mod places;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

pub use self::find::find;
pub use self::flags::FetchFlags;
use crate::tools::capabilities::Capabilities;

/// The programs that were found and that run.
#[derive(Debug, Clone, Default)]
pub struct Tools {
    pub ffmpeg: PathBuf,
    pub ffprobe: PathBuf,
    /// ffmpeg's own version text, for instance `5.1.9-0+deb12u1`.
    pub version: String,
    pub capabilities: Capabilities,
    /// Identifies this exact program with its libraries;
    /// the proofs of another program do not hold for it.
    pub key: String,
}
