//! The exact frame list of a source: ascending times in ticks, and which frames are key frames.
//!
//! From packets: demuxing is enough if every shown packet has a time and no two share one.
//! Packets that an edit list discards are not frames.
//! From decoding: in all other cases, the frames that ffmpeg itself would return.
//! Decoded frames that share a time are moved apart by one tick,
//! because no container holds two at once; see [`apart`].
//! If the film's clock is set back, its stretches are laid one after the other;
//! see [`crate::media::source::clock`].

mod apart;
mod builder;
mod rough;
mod stored;

use crate::frames::{FrameNo, Rational};
use crate::media::source::clock::Setback;
use crate::media::source::resets;
pub use builder::{IndexBuilder, Untrusted};

/// How many groups of pictures before a range of frames reading starts.
pub(crate) const GROUPS_USUAL: usize = 2;

/// The most frames that a decoder may have to hold back before it shows one.
const REORDERED_MAX: FrameNo = 16;
/// Key frames nearer to each other than this count as one cut for the scheduler.
const CUTS_APART: u64 = 24;
/// How far the frame list moves each frame beyond the one before; the index moves them back.
/// Otherwise ffmpeg would change times that go back,
/// because it writes no time before the previous one.
/// A film has fewer than 2^23 frames and this is 2^30,
/// so their product is exact in the filters' doubles.
pub(in crate::media) const APART: i64 = 1 << 30;

/// The frames at or after these times; both ascend.
fn frames_at(times: &[i64], keys: impl Iterator<Item = i64>) -> Vec<FrameNo> {
    let at = |key| times.partition_point(|&time| time < key) as FrameNo;
    let mut frames: Vec<FrameNo> = keys.map(at).filter(|&frame| frame < times.len() as u64).collect();
    frames.dedup();
    frames
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// The stream's own time base, or a fraction of it
    /// if its ticks are too long to move frames apart.
    pub time_base: Rational,
    /// Ascending and unique.
    pub times: Vec<i64>,
    /// Ascending frame numbers.
    pub keys: Vec<FrameNo>,
    /// Frames that were moved to a later time,
    /// because their own is not after that of the frame before. Ascending.
    pub doubled: Vec<FrameNo>,
    /// Whether frames may be shown before the key frame that they follow in the file:
    /// a decoder that starts with that key frame lacks their references.
    pub leading: bool,
    /// Key frames that are known to reset the decoder. Ascending.
    pub resets: Vec<FrameNo>,
    /// Where the film's clock is set back; the times are already laid out.
    pub setbacks: Vec<Setback>,
    /// How long the last frame is shown, in ticks; 0 if unknown.
    pub last_length: i64,
}

impl Index {
    pub fn frames(&self) -> u64 {
        self.times.len() as u64
    }

    /// The number of the first frame at or after a time.
    pub(crate) fn at_or_after(&self, time: i64) -> FrameNo {
        self.times.partition_point(|&known| known < time) as u64
    }

    pub fn time(&self, frame: FrameNo) -> i64 {
        self.times[usize::try_from(frame).expect("frames fit in memory")]
    }

    /// Marks the key frames that are resets, from ffmpeg's lines about those packets.
    pub fn note_resets(&mut self, lines: &str) {
        let times = resets::times(lines, self.time_base);
        let is_reset = |&key: &FrameNo| times.binary_search(&self.time(key)).is_ok();
        self.resets = self.keys.iter().copied().filter(is_reset).collect();
    }

    pub(crate) fn is_reset(&self, frame: FrameNo) -> bool {
        self.resets.binary_search(&frame).is_ok()
    }

    /// Whether a decoder that starts with this key frame has every reference of the frames after it,
    /// provided that the key frame is a reset.
    /// A seek by decoding times could land on another key frame that follows closely.
    pub(crate) fn is_clean_start(&self, key: FrameNo) -> bool {
        let Ok(n) = self.keys.binary_search(&key) else { return false };
        let follows_closely = self.keys.get(n + 1).is_some_and(|&next| next <= key + REORDERED_MAX);
        !self.leading && self.setbacks.is_empty() && !follows_closely
    }

    /// Starts this many groups before `start`, and early enough to return `first` as well.
    /// Returns None to start at the beginning of the film.
    pub(crate) fn seek_from(&self, start: FrameNo, first: FrameNo, groups: usize) -> Option<i64> {
        let up_to = |frame: FrameNo| self.keys.partition_point(|&key| key <= frame);
        let n = up_to(start).checked_sub(groups)?.min(up_to(first).checked_sub(1)?);
        Some(self.keys[n]).filter(|&key| key > 0).map(|key| self.time(key))
    }

    /// The last key frame up to this frame, or else the first frame of the film.
    pub(crate) fn key_up_to(&self, frame: FrameNo) -> FrameNo {
        let keys = self.keys.partition_point(|&key| key <= frame);
        keys.checked_sub(1).map_or(0, |last| self.keys[last])
    }

    pub(crate) fn is_doubled(&self, frame: FrameNo) -> bool {
        self.doubled.binary_search(&frame).is_ok()
    }

    /// Key frames to cut at, thinned out.
    pub(crate) fn cuts(&self) -> Vec<FrameNo> {
        let mut cuts: Vec<FrameNo> = Vec::new();
        for &key in &self.keys {
            if cuts.last().is_none_or(|&last| key >= last + CUTS_APART) {
                cuts.push(key);
            }
        }
        cuts
    }
}

#[cfg(test)]
pub(crate) mod tests;
