//! Faults: what can go wrong, as a stable code, a sentence and the last output of a failed program.
//!
//! `meaning` has one row for each code: whose fault it is, whether it counts as an attempt,
//! and what follows.

#[cfg(test)]
pub(crate) mod docs_tests;
mod meaning;

use serde::{Deserialize, Serialize};

use crate::limits::{TAIL_LINE_BYTES_MAX, TAIL_LINES_MAX};
use crate::text::safe;

pub(crate) use meaning::{Blame, Consequence, Meaning};

/// The longest message.
const MESSAGE_CHARS_MAX: usize = 1000;

/// A code that is stable across versions.
/// What follows from a fault depends only on its code, never on its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultCode {
    /// ffmpeg ended with an error or a signal.
    EncoderFailed,
    /// ffmpeg made no progress for too long and was killed.
    EncoderStalled,
    /// The piece does not hold exactly the frames, at the times, that were leased.
    FramesDiffer,
    /// The piece's stream can't be joined with the other pieces.
    StreamDiffers,
    /// The piece's picture differs in size or format from the other pieces: the source changes midway.
    PictureDiffers,
    /// The piece is not what was leased, and its client must have noticed: no piece at all,
    /// another codec, more streams, other frames than announced.
    NotAsLeased,
    /// The piece's pictures are not those of the source,
    /// as the server's own encode of a few of them shows.
    AuditFailed,
    /// The length or digest of the received bytes differs from the announced one.
    BytesDiffer,
    /// The client could not fetch the source.
    SourceUnreachable,
    /// The source is not what was indexed: it is missing or was changed.
    SourceChanged,
    /// The source can't be read as a film.
    SourceUnreadable,
    /// A film, or a program that read it, exceeded one of our bounds; the message names it.
    OverBound,
    /// A disk has no space.
    DiskFull,
    /// The client went away and did not come back in time.
    ClientLost,
    /// The joined file is not the film that was promised.
    ProofFailed,
    /// The join itself failed.
    JoinFailed,
    /// A device that encodes could not be opened: its sessions or its memory are exhausted at the moment.
    DeviceBusy,
    /// The client lacks what the work needs.
    Unsupported,
    /// The client refuses this work from any server: an unknown option, an invalid path.
    OfferRefused,
    /// A bug of FFmpeg Cluster.
    Internal,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    pub code: FaultCode,
    /// What happened, and to what; a sentence for a person.
    pub message: String,
    /// The last lines of the error output of the program that failed, if one did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tail: Vec<String>,
}

impl Fault {
    pub fn new(code: FaultCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), tail: Vec::new() }
    }
    /// Bounds and sanitises message and tail, because a fault may come from anybody.
    pub fn tidied(mut self) -> Self {
        self.message = safe::stripped(&self.message, MESSAGE_CHARS_MAX);
        self.tail.truncate(TAIL_LINES_MAX);
        self.tail = self.tail.iter().map(|line| safe::stripped(line, TAIL_LINE_BYTES_MAX)).collect();
        self
    }
    pub fn with_tail(mut self, tail: Vec<String>) -> Self {
        self.tail = tail;
        self
    }
    /// The message, followed by the last output of the failed program.
    pub(crate) fn with_last_words(&self) -> String {
        if self.tail.is_empty() {
            self.message.clone()
        } else {
            format!("{}; its last output:\n{}", self.message, self.tail.join("\n"))
        }
    }
}
