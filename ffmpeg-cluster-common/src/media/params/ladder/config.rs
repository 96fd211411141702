//! What a submitter says of a ladder. Every key is optional but the rungs.

use serde::{Deserialize, Serialize};

/// What becomes of the film instead of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Products {
    pub ladder: LadderConfig,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LadderConfig {
    pub rungs: Vec<RungConfig>,
    /// Encoding parameters of all rungs; those of a rung take precedence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ffmpeg_params: Option<String>,
    /// Encoding parameters of the sound, once for each way to offer it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<Vec<String>>,
    /// About how long a media segment is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment_seconds: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formats: Option<Vec<Format>>,
}

/// A rung by its name, such as `720p`, or with settings of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum RungConfig {
    Name(String),
    Own(OwnRung),
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OwnRung {
    /// The name of its folder in the stream.
    pub name: String,
    /// The height that a film of 16:9 gets; others fit into the same box. The name tells it if it
    /// is that of a usual rung.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ffmpeg_params: Option<String>,
}

/// The lists that players read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Hls,
    Dash,
}
