//! Moves frames apart that share a time, or whose time goes back a little:
//! each to one tick after the frame before.
//!
//! If ticks are as long as frames, as in MP4 at 1/24 s,
//! a whole tick would push back all later frames as well,
//! so times then count in fractions of a tick.
//! The exception is a film that gets a steady rate from whole ticks,
//! because that is its intended rate.

use crate::frames::{FrameNo, Rational};

/// Longer ticks are divided.
const TICK_US_MAX: i64 = 1000;
/// The longest fraction of a tick.
const PART_US_MAX: i64 = 500;
/// The finest time base; encoders and containers accept no finer one.
const DEN_MAX: i64 = 1 << 30;

#[derive(Debug)]
pub(super) struct SeparatedTimes {
    /// Fractions per tick; one fraction is the unit of `times`.
    pub(super) parts: i64,
    /// Ascending and unique.
    pub(super) times: Vec<i64>,
    /// Frames that were moved to a later time.
    pub(super) doubled: Vec<FrameNo>,
}

/// Further than this the last frame may not be moved: the film would leave its sound behind.
const MOVED_US_MAX: i64 = 50_000;

impl SeparatedTimes {
    /// Wraps times that are already distinct.
    pub(super) const fn are(times: Vec<i64>) -> Self {
        Self { parts: 1, times, doubled: Vec::new() }
    }

    pub(super) fn of(time_base: Rational, own: &[i64]) -> Self {
        let whole = Self::in_parts(own, 1);
        let parts = parts(time_base);
        if whole.doubled.is_empty() || parts == 1 || is_steady(&whole.times) {
            return whole;
        }
        Self::in_parts(own, parts)
    }

    /// Why the film can't be told in short ticks: it has more frames than these. With long ticks a steady rate may be the
    /// intended one, whatever the ticks say.
    pub(super) fn refusal(&self, time_base: Rational, own: &[i64]) -> Option<String> {
        let moved_us = time_base.micros(self.times.last()? / self.parts - own.last()?);
        let too_far = time_base.micros(1) <= TICK_US_MAX && moved_us > MOVED_US_MAX;
        let seconds = moved_us as f64 / 1e6;
        too_far.then(|| {
            format!("the film has more frames than its clock has ticks; told apart, the last would come {seconds:.3} s too late")
        })
    }

    fn in_parts(own: &[i64], parts: i64) -> Self {
        let mut all = Self { parts, ..Self::are(Vec::with_capacity(own.len())) };
        for &time in own {
            let told = time.saturating_mul(parts);
            let next = all.times.last().map_or(i64::MIN, |last| last + 1);
            if told < next {
                all.doubled.push(all.times.len() as u64);
            }
            all.times.push(told.max(next));
        }
        all
    }
}

fn parts(time_base: Rational) -> i64 {
    let tick = time_base.micros(1);
    if tick <= TICK_US_MAX {
        return 1;
    }
    let parts = u64::try_from(tick / PART_US_MAX).map_or(1, u64::next_power_of_two) as i64;
    if time_base.den.saturating_mul(parts) > DEN_MAX { 1 } else { parts }
}

fn is_steady(times: &[i64]) -> bool {
    let mut gaps = times.windows(2).map(|pair| pair[1] - pair[0]);
    let first = gaps.next();
    gaps.all(|gap| Some(gap) == first)
}
