//! The packets of one stream of a piece.

use crate::frames::Rational;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packets {
    pub base: Rational,
    /// When they are shown, in ascending order.
    pub times: Vec<i64>,
    /// The times of those with which a decoder can begin, in ascending order.
    pub keys: Vec<i64>,
}

impl Packets {
    pub(super) fn new(base: Rational) -> Self {
        Self { base, times: Vec::new(), keys: Vec::new() }
    }

    pub(super) fn add(&mut self, time: i64, is_key: bool) {
        self.times.push(time);
        if is_key {
            self.keys.push(time);
        }
    }

    pub(super) fn sorted(mut self) -> Self {
        self.times.sort_unstable();
        self.keys.sort_unstable();
        self
    }
}
