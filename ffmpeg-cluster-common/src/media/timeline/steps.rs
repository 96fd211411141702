//! What filters that make other frames do to the times of a film.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::super::profile::{Span, Step};
use crate::frames::{FrameNo, FrameRange, Rational};

/// A list of frame times, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) time_base: Rational,
    pub(super) times: Vec<i64>,
    /// How long the last frame is shown.
    pub(super) last_length: i64,
}

impl Made {
    pub(super) fn step(self, step: &Step) -> Self {
        match step {
            Step::Fields => self.fields(),
            Step::Rate(rate) => self.rate(*rate),
        }
    }

    /// Each frame twice: at its time, and halfway to the next. The last one's second comes as much later as the one before.
    fn fields(self) -> Self {
        let times = &self.times;
        let last_gap = times.windows(2).last().map_or(1, |pair| pair[1] - pair[0]);
        let gaps = times.windows(2).map(|pair| pair[1] - pair[0]).chain([last_gap]);
        let doubled = times.iter().zip(gaps).flat_map(|(&time, gap)| [2 * time, 2 * time + gap]).collect();
        let time_base = Rational { num: self.time_base.num, den: self.time_base.den * 2 };
        Self { time_base, times: doubled, last_length: self.last_length }
    }

    /// One frame for each tick of the rate, from the first frame to the end of the last.
    fn rate(self, rate: Rational) -> Self {
        let base = rate.inverse();
        let (Some(&first), Some(&last)) = (self.times.first(), self.times.last()) else { return self };
        let [from, to] = [first, last + self.last_length].map(|time| self.time_base.rescale(time, base));
        Self { time_base: base, times: (from..to.max(from + 1)).collect(), last_length: 1 }
    }

    pub(super) fn at_or_after(&self, time: i64) -> FrameNo {
        self.times.partition_point(|&known| known < time) as u64
    }

    pub(super) fn part(mut self, span: Span) -> Self {
        let frames = self.times.len() as u64;
        let part = part(self.time_base, frames, |n| self.times[usize::try_from(n).expect("fits")], span);
        self.times.truncate(usize::try_from(part.end).expect("fits"));
        self.times.drain(..usize::try_from(part.start).expect("fits"));
        self
    }
}

/// The frames that one run of ffmpeg lets pass: from the first at or after the start, as long as they are less than the
/// length behind it.
pub(super) fn part(base: Rational, frames: u64, time: impl Fn(FrameNo) -> i64, span: Span) -> FrameRange {
    let before = |limit: i64| {
        let (mut low, mut high) = (0, frames);
        while low < high {
            let middle = low + (high - low) / 2;
            if time(middle) < limit { low = middle + 1 } else { high = middle }
        }
        low
    };
    let start = if span.start_us > 0 { before(Rational::MICROS.rescale(span.start_us, base)) } else { 0 };
    if start >= frames {
        return FrameRange::new(frames, frames);
    }
    let end =
        span.length_us.map_or(frames, |us| before(time(start) + Rational::MICROS.rescale(us, base).max(1)));
    FrameRange::new(start, end.min(start.saturating_add(span.frames.unwrap_or(u64::MAX))))
}
