//! Frame numbers, half-open ranges of frames, sets of ranges, and exact fractions.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of a frame in presentation order, from 0.
pub type FrameNo = u64;

/// The frames `start..end`. Never empty when it describes work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FrameRange {
    pub start: FrameNo,
    pub end: FrameNo,
}

impl FrameRange {
    pub const fn new(start: FrameNo, end: FrameNo) -> Self {
        Self { start, end }
    }
    pub const fn len(self) -> u64 {
        self.end.saturating_sub(self.start)
    }
    pub const fn is_empty(self) -> bool {
        self.end <= self.start
    }
    pub const fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }
}

impl fmt::Display for FrameRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.start, self.end)
    }
}

/// A set of frames, stored as disjoint ranges; adjacent ranges are merged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RangeSet {
    ranges: BTreeMap<FrameNo, FrameNo>,
    frames: u64,
}

impl RangeSet {
    pub(crate) fn whole(frames: u64) -> Self {
        let mut set = Self::default();
        set.insert(FrameRange::new(0, frames));
        set
    }

    /// Adds a range.
    /// Panics if the set already contains one of its frames, because the caller has miscounted.
    pub(crate) fn insert(&mut self, range: FrameRange) {
        if range.is_empty() {
            return;
        }
        self.frames += range.len();
        let (mut start, mut end) = (range.start, range.end);
        if let Some((&before, &until)) = self.ranges.range(..=start).next_back() {
            assert!(until <= start, "frames {range} are in the set already");
            if until == start {
                self.ranges.remove(&before);
                start = before;
            }
        }
        if let Some((&after, &until)) = self.ranges.range(start..).next() {
            assert!(after >= end, "frames {range} are in the set already");
            if after == end {
                self.ranges.remove(&after);
                end = until;
            }
        }
        self.ranges.insert(start, end);
    }

    /// Removes a range.
    /// Returns false, and changes nothing, if the range is empty or not wholly in the set.
    pub(crate) fn remove(&mut self, range: FrameRange) -> bool {
        let Some((&start, &end)) = self.ranges.range(..=range.start).next_back() else { return false };
        if range.is_empty() || range.end > end {
            return false;
        }
        self.ranges.remove(&start);
        self.frames -= end - start;
        self.insert(FrameRange::new(start, range.start));
        self.insert(FrameRange::new(range.end, end));
        true
    }

    pub(crate) fn first(&self) -> Option<FrameRange> {
        self.iter().next()
    }
    pub(crate) fn iter(&self) -> impl Iterator<Item = FrameRange> + '_ {
        self.ranges.iter().map(|(&start, &end)| FrameRange { start, end })
    }
    pub(crate) fn frames(&self) -> u64 {
        self.frames
    }
    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }
}

/// When frames are shown, in ticks of `base`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameTimes {
    pub base: Rational,
    pub ticks: Vec<i64>,
}

/// An exact fraction, for time bases and frame rates. `den` is never 0 in a value from
/// [`Rational::new`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rational {
    pub num: i64,
    pub den: i64,
}

impl Rational {
    pub(crate) fn new(num: i64, den: i64) -> Option<Self> {
        (den != 0).then_some(Self { num, den })
    }
    /// Reads `30000/1001` or `1:90000`, as ffprobe and ffmpeg write them.
    /// Returns None for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let (num, den) = text.trim().split_once(['/', ':'])?;
        Self::new(num.parse().ok()?, den.parse().ok()?)
    }
    pub fn as_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }
    pub fn is_positive(self) -> bool {
        self.num > 0 && self.den > 0
    }
    pub const MICROS: Self = Self { num: 1, den: 1_000_000 };

    /// Converts `ticks` of this time base to microseconds, rounded to nearest.
    pub fn micros(self, ticks: i64) -> i64 {
        self.rescale(ticks, Self::MICROS)
    }
    /// Converts `ticks` of this time base to ticks of another, rounded to nearest, halves away from
    /// zero, as ffmpeg does.
    pub fn rescale(self, ticks: i64, to: Self) -> i64 {
        let exact = i128::from(ticks) * i128::from(self.num) * i128::from(to.den);
        let den = i128::from(self.den) * i128::from(to.num);
        let half = den / 2;
        let rounded = if exact >= 0 { exact + half } else { exact - half } / den;
        i64::try_from(rounded).unwrap_or(if rounded > 0 { i64::MAX } else { i64::MIN })
    }
    /// The reciprocal: the time base of a frame rate.
    pub const fn inverse(self) -> Self {
        Self { num: self.den, den: self.num }
    }
    /// The fraction in lowest terms.
    pub(crate) fn reduced(self) -> Self {
        let (mut a, mut b) = (self.num.unsigned_abs(), self.den.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let divisor = i64::try_from(a.max(1)).unwrap_or(1);
        Self { num: self.num / divisor, den: self.den / divisor }
    }
}

impl fmt::Display for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.num, self.den)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neighbours_melt_and_holes_stay() {
        let mut set = RangeSet::whole(100);
        assert!(set.remove(FrameRange::new(40, 60)));
        assert!(!set.remove(FrameRange::new(30, 50)));
        assert_eq!(set.iter().collect::<Vec<_>>(), [FrameRange::new(0, 40), FrameRange::new(60, 100)]);
        set.insert(FrameRange::new(40, 60));
        assert_eq!(set.first(), Some(FrameRange::new(0, 100)));
    }

    #[test]
    fn microseconds_round_to_nearest() {
        let tb = Rational { num: 1001, den: 24000 };
        assert_eq!(tb.micros(1), 41_708);
        assert_eq!(tb.micros(-1), -41_708);
        assert_eq!(tb.micros(24000), 1_001_000_000);
    }

    #[test]
    fn ticks_of_one_base_in_those_of_another() {
        let (ntsc, fine) = (Rational { num: 1001, den: 30_000 }, Rational { num: 1, den: 90_000 });
        assert_eq!(
            (ntsc.rescale(7, fine), fine.rescale(4504, ntsc), fine.rescale(-4505, ntsc)),
            (21_021, 1, -2)
        );
        assert_eq!(Rational { num: 50_000, den: 2000 }.reduced(), Rational { num: 25, den: 1 });
    }

    proptest! {
        #[test]
        fn taking_out_and_putting_back_changes_nothing(cuts in proptest::collection::vec((0u64..200, 1u64..40), 0..40)) {
            let mut set = RangeSet::whole(200);
            let mut taken = Vec::new();
            for (start, len) in cuts {
                let range = FrameRange::new(start, start + len);
                let before = set.frames();
                if set.remove(range) {
                    prop_assert_eq!(set.frames(), before - len);
                    taken.push(range);
                } else {
                    prop_assert_eq!(set.frames(), before);
                }
            }
            for range in taken { set.insert(range); }
            prop_assert_eq!(set, RangeSet::whole(200));
        }
    }
}
