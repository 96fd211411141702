//! The user's encoding parameters: split, understood, and refused where they can't be honoured in pieces.

use serde::{Deserialize, Serialize};

use super::container::Container;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    pub container: Container,
    pub video: VideoProfile,
    pub sound: SoundProfile,
    /// Further parts (subtitles, tags, muxer options) are for the media module to add.
    pub muxer: Vec<(String, String)>,
}

/// What concerns the picture. Options are names without the dash and their values, known and re-printed by us.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VideoProfile {
    pub encoder: String,
    pub options: Vec<(String, String)>,
    /// The user's filter chain, each filter known to be free of memory.
    pub filters: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SoundProfile {
    Drop,
    Copy,
    Encode { encoder: Option<String>, options: Vec<(String, String)>, filters: Option<String> },
}

/// One thing in the parameters that can't be honoured; `option` is what the user typed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{option}: {reason}")]
pub struct Refusal {
    pub option: String,
    pub reason: String,
    /// True where the encoder itself is unknown.
    pub unknown_encoder: bool,
}

/// Splits a line as a shell would.
pub fn words(line: &str) -> Result<Vec<String>, Refusal> {
    let _ = line;
    todo!("media")
}

/// All refusals at once.
pub fn parse(words: &[String], container: Container) -> Result<Profile, Vec<Refusal>> {
    let _ = (words, container);
    todo!("media")
}
