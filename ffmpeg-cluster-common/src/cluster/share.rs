//! What a lease is for: frames, packets to list, or the sound.

use std::fmt;

use crate::frames::FrameRange;

/// What a lease is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Share {
    Picture(FrameRange),
    /// The times of the frames in these packets, for the frame list.
    List(FrameRange),
    Sound,
}

impl Share {
    /// None: the sound.
    pub fn range(self) -> Option<FrameRange> {
        match self {
            Self::Picture(range) | Self::List(range) => Some(range),
            Self::Sound => None,
        }
    }
}

/// `frames 0..240`, `packets 0..240` or `the sound`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Picture(range) => write!(f, "frames {range}"),
            Self::List(range) => write!(f, "packets {range}"),
            Self::Sound => f.write_str("the sound"),
        }
    }
}
