//! The part of the film that the user wants.

use serde::{Deserialize, Serialize};

/// The wanted part, on the clock that a player shows:
/// it begins at zero, regardless of the source's clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub start_us: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_us: Option<i64>,
    /// The maximum number of picture frames.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<u64>,
}

impl Span {
    pub(crate) fn is_whole(&self) -> bool {
        *self == Self::default()
    }
    /// Whether the span also cuts sound and subtitles.
    pub(crate) const fn cuts_time(&self) -> bool {
        self.start_us > 0 || self.length_us.is_some()
    }
}
