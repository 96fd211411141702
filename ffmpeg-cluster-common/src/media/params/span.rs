//! Which part of the film is wanted.

use serde::{Deserialize, Serialize};

/// The part of the film that is wanted, in the time that a player shows: from 0, whatever the source's clock says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub start_us: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_us: Option<i64>,
    /// At most so many frames of the picture; the sound is not cut by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<u64>,
}

impl Span {
    pub(crate) fn is_whole(&self) -> bool {
        *self == Self::default()
    }
    /// True where sound and subtitles are cut too.
    pub(crate) const fn cuts_time(&self) -> bool {
        self.start_us > 0 || self.length_us.is_some()
    }
}
