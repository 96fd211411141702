//! The speeds of a crew's clients at one kind of work, summed and in order.

use std::collections::BTreeSet;

use crate::ids::ClientId;

/// Speeds are summed in whole millionths of a frame per second,
/// so adding and removing the same speed leaves no rounding error.
const PARTS: f64 = 1e6;

/// What the cluster knows about a client's speed, in millionths of a frame per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Known {
    Nothing,
    /// Reported by a running encoder.
    Told(u64),
    /// Measured by a finished encode.
    Measured {
        parts: u64,
        /// How many segments the client encodes side by side at this speed.
        slots: u64,
    },
}

impl Known {
    pub(super) fn of(measured: Option<f64>, told: Option<f64>, slots: u32) -> Self {
        let fits = |fps: &f64| *fps > 0.0;
        let parts = |fps: f64| (fps * PARTS) as u64;
        match (measured.filter(fits), told.filter(fits)) {
            (Some(fps), _) => Self::Measured { parts: parts(fps), slots: u64::from(slots) },
            (None, Some(fps)) => Self::Told(parts(fps)),
            (None, None) => Self::Nothing,
        }
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::cluster) struct Pace {
    /// Measured speeds, the slowest first.
    measured: BTreeSet<(u64, ClientId)>,
    measured_sum: u64,
    /// How many segments they encode side by side beyond one each.
    more: u64,
    told: u64,
    told_sum: u64,
}

/// A sum of speeds, and how many were added.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::cluster) struct Sum {
    pub(super) parts: u64,
    pub(super) count: u64,
}

impl Sum {
    pub(super) fn add(&mut self, other: Self, slots: u64) {
        self.parts = self.parts.saturating_add(other.parts.saturating_mul(slots));
        self.count += other.count * slots;
    }

    pub(super) fn mean(self) -> Option<f64> {
        (self.count > 0).then(|| self.parts as f64 / PARTS / self.count as f64)
    }
}

impl Pace {
    pub(super) fn add(&mut self, id: &ClientId, known: Known) {
        match known {
            Known::Nothing => {}
            Known::Told(parts) => (self.told, self.told_sum) = (self.told + 1, self.told_sum + parts),
            Known::Measured { parts, slots } => {
                self.measured.insert((parts, id.clone()));
                self.measured_sum += parts * slots;
                self.more += slots - 1;
            }
        }
    }

    pub(super) fn remove(&mut self, id: &ClientId, known: Known) {
        match known {
            Known::Nothing => {}
            Known::Told(parts) => (self.told, self.told_sum) = (self.told - 1, self.told_sum - parts),
            Known::Measured { parts, slots } => {
                self.measured.remove(&(parts, id.clone()));
                self.measured_sum -= parts * slots;
                self.more -= slots - 1;
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.measured.is_empty() && self.told == 0
    }

    pub(super) fn measured(&self) -> Sum {
        Sum { parts: self.measured_sum, count: self.measured.len() as u64 + self.more }
    }

    /// Speeds that were measured, and those that running encoders report.
    pub(super) fn all(&self) -> Sum {
        let Sum { parts, count } = self.measured();
        Sum { parts: parts + self.told_sum, count: count + self.told }
    }

    /// How many segments its clients encode side by side beyond one each.
    pub(super) const fn more(&self) -> u64 {
        self.more
    }

    /// Measured speeds, the fastest first.
    pub(super) fn fastest_first(&self) -> impl Iterator<Item = (u64, &ClientId)> {
        self.measured.iter().rev().map(|(parts, id)| (*parts, id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_away_again_leaves_nothing_behind() {
        let (a, b): (ClientId, ClientId) = ("a".parse().unwrap(), "b".parse().unwrap());
        let mut pace = Pace::default();
        let (slow, fast) = (Known::of(Some(0.1), Some(9.0), 2), Known::of(None, Some(0.2), 1));
        pace.add(&a, slow);
        pace.add(&b, fast);
        assert_eq!((pace.measured().mean(), pace.all().count, pace.more()), (Some(0.1), 3, 1));
        pace.remove(&a, slow);
        pace.remove(&b, fast);
        assert_eq!(pace, Pace::default());
    }

    #[test]
    fn a_speed_that_is_none_counts_for_nothing() {
        for none in [0.0, -1.0, f64::NAN] {
            assert_eq!(Known::of(Some(none), Some(none), 1), Known::Nothing);
        }
    }

    #[test]
    fn the_fastest_comes_first() {
        let mut pace = Pace::default();
        for (name, fps) in [("a", 2.0), ("b", 30.0), ("c", 4.0)] {
            pace.add(&name.parse().unwrap(), Known::of(Some(fps), None, 1));
        }
        let order: Vec<&str> = pace.fastest_first().map(|(_, id)| id.as_str()).collect();
        assert_eq!(order, ["b", "c", "a"]);
    }
}
