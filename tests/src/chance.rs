//! Chance that a seed repeats: the same seed, the same faults.

use std::ops::Range;

/// SplitMix64; what tests need of chance and no more.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.number() % (range.end - range.start).max(1)
    }

    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.within(0..length as u64)).expect("below a length")
    }

    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.index(all.len())]
    }

    /// The same of what is small.
    pub fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        *self.one_of(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_and_another_differs() {
        let three = |seed| {
            let mut chance = Chance::new(seed);
            [chance.within(0..1000), chance.within(0..1000), chance.within(0..1000)]
        };
        assert_eq!(three(7), three(7));
        assert_ne!(three(7), three(8));
    }
}
