//! Which part of the source a range of the result's frames needs.

use super::steps::TimedFrames;
use super::{Frames, Timeline};
use crate::frames::{FrameNo, FrameRange, Rational};
use crate::media::params::Step;
use crate::media::plan::work::{Cut, ResultWindow, Window};
use crate::media::source::index::GROUPS_USUAL;

impl Timeline {
    pub fn window(&self, range: FrameRange) -> Window {
        let result = ResultWindow {
            time_base: self.time_base(),
            first: self.time(range.start),
            last: self.time(range.end - 1),
            end: (range.end < self.frames()).then(|| self.time(range.end)),
            lay: self.even.as_ref().map(|even| even.lay),
            cut: Cut::None,
        };
        match &self.frames {
            Frames::Source(part) => {
                let read = FrameRange::new(part.start + range.start, part.start + range.end);
                self.read(read, result)
            }
            Frames::Made(made) => {
                let (first, last) = (self.frame_time(range.start), self.frame_time(range.end - 1));
                let read = self.needed_for(made.time_base, first, last);
                let pad = self.pad(made, read.end);
                let cut = Cut::Margins { pad };
                self.read(read, ResultWindow { cut, ..result })
            }
            Frames::Own(_) => {
                let cut = Cut::Own { start_us: self.span.start_us.max(0), length_us: self.span.length_us };
                self.read(FrameRange::new(0, self.index.frames()), ResultWindow { cut, end: None, ..result })
            }
        }
    }

    /// The frames of the source around two times of the result, up to one tick after the last,
    /// with two more frames on either side, because times are rounded.
    fn needed_for(&self, base: Rational, first: i64, last: i64) -> FrameRange {
        let [first, end] = [first, last + 1].map(|time| base.rescale(time, self.index.time_base) + self.zero);
        let start = self.index.at_or_after(first).saturating_sub(2);
        FrameRange::new(start, (self.index.at_or_after(end) + 2).min(self.index.frames()))
    }

    /// How many frames of a constant rate to add after the film's last frame.
    /// ffmpeg's own number depends on its guess of that frame's length.
    fn pad(&self, made: &TimedFrames, read_to: FrameNo) -> u32 {
        let is_rate = |step: &Step| matches!(step, Step::Rate(_));
        if read_to < self.index.frames() || !self.needs.steps.iter().any(is_rate) {
            return 0;
        }
        let last = self.index.times.last().copied().unwrap_or(0) - self.zero;
        let last = self.index.time_base.rescale(last, made.time_base);
        let behind = made.times.len() - made.at_or_after(last);
        u32::try_from(behind).unwrap_or(u32::MAX).saturating_add(2)
    }

    /// Adds the margins of the filters, and whole groups of frames that share a time.
    fn read(&self, wanted: FrameRange, mut result: ResultWindow) -> Window {
        let frames = self.index.frames();
        let from_start = !self.needs.whole.is_empty();
        let mut start = if from_start { 0 } else { wanted.start.saturating_sub(self.needs.before) };
        while self.index.is_doubled(start) {
            start -= 1;
        }
        let mut end = (wanted.end + self.needs.after).min(frames);
        while self.index.is_doubled(end) {
            end += 1;
        }
        let exactly = start == wanted.start && end == wanted.end;
        if result.cut == Cut::None && !exactly {
            result.cut = Cut::Margins { pad: 0 };
        }
        Window {
            time_base: self.index.time_base,
            start: self.index.time(start),
            end: (end < frames).then(|| self.index.time(end)),
            seek: self.seek_back(start, start, GROUPS_USUAL),
            zero: self.zero,
            doubled: !self.index.doubled.is_empty(),
            counted_from: self.begins_anywhere.then(|| self.index.time(0)),
            result,
        }
    }
}
