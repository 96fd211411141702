//! The clock of a picture in a stream.

use crate::frames::Rational;
use crate::limits::TICKS_MAX;

/// A clock has at least so many ticks in a second, as players round to milliseconds.
const TIMESCALE_MIN: i64 = 1000;

/// A clock with whole ticks for every time of a film.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pub(super) timescale: u32,
    ticks: i64,
}

impl Clock {
    pub(super) fn of(base: Rational) -> Result<Self, String> {
        let told = format!("a film whose times count in {base} s can't be streamed");
        if !base.is_positive() {
            return Err(told);
        }
        let Rational { num, den } = base.reduced();
        let finer = (TIMESCALE_MIN + den - 1) / den;
        let timescale = den.checked_mul(finer).and_then(|scale| i32::try_from(scale).ok());
        let timescale = timescale.map(i32::cast_unsigned).ok_or(told)?;
        Ok(Self { timescale, ticks: num.saturating_mul(finer) })
    }

    pub(super) fn scaled(self, ticks: i64) -> Option<i64> {
        ticks.checked_mul(self.ticks).filter(|ticks| (-TICKS_MAX..TICKS_MAX).contains(ticks))
    }
}
