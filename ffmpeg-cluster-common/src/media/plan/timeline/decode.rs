//! Where the decoder of a piece starts, and which frames of the source show
//! whether another start would have changed the piece.

use super::{Frames, Timeline};
use crate::frames::{FrameNo, FrameRange};
use crate::media::plan::witness::{self, Lead, SecondDecode, Witness};
use crate::media::plan::work::{PictureWork, Window};
use crate::media::source::index::GROUPS_USUAL;
use crate::media::source::resets::Resets;

/// How many groups of pictures before its piece the decoder starts at [`Lead::Further`].
const GROUPS_FURTHER: usize = 8;

impl Timeline {
    /// The frames of the source around both ends of a piece.
    /// Empty at an end where frames share a time, because such a time does not identify one frame.
    pub(crate) fn witness(&self, range: FrameRange) -> Witness {
        if self.is_own() {
            return Witness::default();
        }
        let (mut head, tail) = (self.around(range.start), self.around(range.end));
        if range.start < self.frames() && self.starts_clean(self.in_source(range.start)) {
            // The decoder would have to start one key frame earlier just for the frames before this one.
            head.retain(|&time| time >= self.index.time(self.in_source(range.start)));
        }
        Witness { head, tail }
    }

    /// Whether a decoder may start with exactly this frame.
    fn starts_clean(&self, frame: FrameNo) -> bool {
        let is_reset = match self.resets {
            Resets::Never => false,
            Resets::EachKey => true,
            Resets::Holding(_) => self.index.is_reset(frame),
        };
        is_reset && self.index.is_clean_start(frame)
    }

    fn around(&self, seam: FrameNo) -> Vec<i64> {
        if seam == 0 || seam >= self.frames() {
            return Vec::new();
        }
        let at = self.in_source(seam);
        let end = (at + witness::AROUND).min(self.index.frames());
        let around = FrameRange::new(at.saturating_sub(witness::AROUND), end);
        // The frame before a doubled frame has the same time.
        if (around.start..=around.end).any(|frame| self.index.is_doubled(frame)) {
            return Vec::new();
        }
        (around.start..around.end).map(|frame| self.index.time(frame)).collect()
    }

    /// The frame of the source that is on screen at the time of this frame of the result.
    fn in_source(&self, frame: FrameNo) -> FrameNo {
        match &self.frames {
            Frames::Source(part) | Frames::Own(part) => part.start + frame,
            Frames::Made(made) => {
                let time = made.time_base.rescale(self.frame_time(frame), self.index.time_base);
                self.index.at_or_after(time + self.zero)
            }
        }
    }

    /// The time of the key frame at which the decoder starts,
    /// early enough to return the witnesses as well.
    pub(crate) fn seek(&self, window: &Window, witness: &Witness, lead: Lead) -> Option<i64> {
        let first = witness.head.first().map_or(window.start, |&time| time.min(window.start));
        let [start, first] = [window.start, first].map(|time| self.index.at_or_after(time));
        self.seek_back(start, first, self.groups(lead, start.min(first))?)
    }

    /// How to decode these frames of the piece a second time.
    /// The lead-in before these frames is as long as the lead-in of the piece before its first frame,
    /// or one key frame longer if both would start at the same place.
    /// Returns None if both decodes would start with the film.
    pub(crate) fn second_decode(&self, work: &PictureWork, stretch: FrameRange) -> Option<SecondDecode> {
        let window = &work.window;
        let mut decode = SecondDecode { seek: None, start: window.start, end: window.end };
        if stretch.start > work.range.start {
            // What comes before the stretch in its group is decoded anyway.
            let key = self.index.key_up_to(self.in_source(stretch.start));
            decode.start = self.index.time(key).max(window.start);
        }
        if stretch.end < work.range.end {
            let end = self.in_source(stretch.end);
            // A constant rate may add frames after the source's last one.
            if end < self.index.frames() {
                let end = self.index.time(end);
                decode.end = Some(window.end.map_or(end, |last| last.min(end)));
            }
        }
        let first = self.index.at_or_after(decode.start);
        let groups = self.groups(work.lead, first).unwrap_or(GROUPS_USUAL);
        let seeks = [groups, groups + 1].map(|groups| self.seek_back(first, first, groups));
        decode.seek = seeks.into_iter().find(|seek| *seek != window.seek)?;
        (!work.witness.is_none()).then_some(decode)
    }

    pub(super) fn seek_back(&self, start: FrameNo, first: FrameNo, groups: usize) -> Option<i64> {
        self.index.seek_from(start, first, groups).filter(|_| self.can_begin_at_keys)
    }

    /// How many groups of pictures to decode for a frame, including its own; None for all from the film's beginning.
    fn groups(&self, lead: Lead, first: FrameNo) -> Option<usize> {
        match lead {
            Lead::Usual if self.starts_clean(self.index.key_up_to(first)) => Some(1),
            Lead::Usual => Some(GROUPS_USUAL),
            Lead::Further => Some(GROUPS_FURTHER),
            Lead::Beginning => None,
        }
    }
}
