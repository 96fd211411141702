//! Restores the exact times of a constant rate that the container rounded to milliseconds.

use super::{Frames, Timeline};
use crate::frames::{FrameNo, Rational};
use crate::media::params::Step;
use crate::media::plan::work::RateGrid;
use crate::media::source::Picture;
use crate::media::words::container::Container;

/// The fewest ticks per second of a result, as in ffmpeg's MP4 muxer.
const TICKS_MIN: i64 = 10_000;
/// At higher rates the rounding is too large relative to a frame to restore the times.
const RATE_MAX: f64 = 200.0;

#[derive(Debug, Clone)]
pub(super) struct ConstantRateTimes {
    rate: Rational,
    pub(super) time_base: Rational,
    pub(super) lay: RateGrid,
}

impl ConstantRateTimes {
    fn new(rate: Rational, base: Rational, first: i64) -> Self {
        let mut times = 1;
        while rate.num * times < TICKS_MIN {
            times *= 2;
        }
        let time_base = Rational { num: 1, den: rate.num * times };
        let lay = RateGrid { origin: base.rescale(first, time_base), step: rate.den * times };
        Self { rate, time_base, lay }
    }

    pub(super) fn time(&self, frame: FrameNo) -> i64 {
        self.lay.origin + i64::try_from(frame).unwrap_or(i64::MAX).saturating_mul(self.lay.step)
    }
}

impl Timeline {
    /// Lays the frames exactly on the rate that their container rounded,
    /// if the result can express these times.
    pub fn laid_on_its_rate(mut self, picture: &Picture, container: Container) -> Self {
        if matches!(container, Container::Mp4 | Container::Mov | Container::MpegTs) {
            let (base, first) = (self.frames_base(), self.frame_time(0));
            self.even = self.rounded_rate(picture).map(|rate| ConstantRateTimes::new(rate, base, first));
        }
        self
    }

    /// The rate that the frames were laid on.
    pub fn laid_rate(&self) -> Option<Rational> {
        self.even.as_ref().map(|even| even.rate)
    }

    fn rounded_rate(&self, picture: &Picture) -> Option<Rational> {
        let rounds = self.index.time_base == Rational { num: 1, den: 1_000 } && self.index.doubled.is_empty();
        let has_rate = self.needs.steps.iter().any(|step| matches!(step, Step::Rate(_)));
        if !rounds || has_rate || matches!(self.frames, Frames::Own(_)) {
            return None;
        }
        let rate = self.rates(picture).find(|&rate| is_usual(rate) && self.was_rounded_from(rate))?;
        let millis = |rate: Rational| rate.den * 1_000 % rate.num == 0;
        (!millis(rate)).then_some(rate)
    }

    /// Whether all times are within a millisecond of the rate;
    /// half of that may come from the rounding of the first frame.
    fn was_rounded_from(&self, rate: Rational) -> bool {
        let (base, first) = (self.frames_base(), self.frame_time(0));
        let [num, den, ticks_num, ticks_den] = [rate.num, rate.den, base.num, base.den].map(i128::from);
        (0..self.frames()).all(|n| {
            let told = i128::from(self.frame_time(n) - first) * ticks_num * num;
            let off = (told - i128::from(n) * den * ticks_den).abs();
            off * 1_000 <= ticks_den * num
        })
    }
}

/// Rates in common use; other values are ffprobe's guesses at a variable rate.
fn is_usual(rate: Rational) -> bool {
    matches!(rate.den, 1 | 1_001) && rate.is_positive() && rate.as_f64() <= RATE_MAX
}

#[cfg(test)]
#[path = "even_tests.rs"]
mod tests;
