//! Whether somebody is given work, and why not. One mechanism for a client on which everything fails, a device that fails, a
//! client's disk that was full, and a client that lies; they differ in their limits, and in what is counted against them.

use crate::time::Millis;
use crate::time::backoff;

/// When somebody is paused, and for how long.
#[derive(Debug)]
pub(super) struct Limits {
    /// So many failures lead to a pause.
    pub(super) failures: usize,
    /// The first pause; it doubles with each that follows, up to the longest.
    pub(super) first: Millis,
    pub(super) longest: Millis,
    /// After a pause it gets one segment; if that fails, too, it is paused again.
    pub(super) probation: bool,
}

/// Of a client: segments that failed, none of which failed elsewhere too.
pub(super) const OF_CLIENT: Limits =
    Limits { failures: 3, first: Millis::secs(30), longest: Millis::secs(600), probation: true };
/// Of a device: failures in a row.
pub(super) const OF_DEVICE: Limits = Limits { probation: false, ..OF_CLIENT };
/// Of a client's disk: one piece for which it had no space.
pub(super) const OF_DISK: Limits =
    Limits { failures: 1, first: Millis::secs(10), longest: Millis::secs(10), probation: false };
/// Of a liar: lies within the time that the pause takes.
pub(super) const OF_LIAR: Limits = Limits {
    failures: 3,
    first: Millis::secs(24 * 3_600),
    longest: Millis::secs(24 * 3_600),
    probation: false,
};

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(in crate::cluster) enum Place {
    #[default]
    Good,
    /// It gets nothing until then.
    Paused { until: Millis },
    /// It gets one segment at a time.
    Probation,
}

/// Of one client, device or disk. After a start the server knows nothing of it and finds out; only liars are in the record.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(in crate::cluster) struct Standing {
    pub(in crate::cluster) place: Place,
    /// How often it was paused since it last did well.
    pauses: u32,
}

impl Standing {
    /// So many failures are enough for a pause.
    pub(super) fn is_enough(&self, limits: &Limits, failures: usize) -> bool {
        !self.is_paused() && (failures >= limits.failures || self.place == Place::Probation)
    }

    /// Gives until when.
    pub(super) fn pause(&mut self, limits: &Limits, now: Millis) -> Millis {
        let until = now + backoff::delay(limits.first, limits.longest, self.pauses, 0);
        self.pauses += 1;
        self.pause_until(until);
        until
    }

    pub(super) fn pause_until(&mut self, until: Millis) {
        self.place = Place::Paused { until };
    }

    /// Its pause is over; false where it is not, or there was none.
    pub(super) fn come_back(&mut self, limits: &Limits, now: Millis) -> bool {
        let over = matches!(self.place, Place::Paused { until } if until <= now);
        if over {
            self.place = if limits.probation { Place::Probation } else { Place::Good };
        }
        over
    }

    pub(in crate::cluster) fn is_good(&self) -> bool {
        self.place == Place::Good
    }

    pub(in crate::cluster) fn is_paused(&self) -> bool {
        matches!(self.place, Place::Paused { .. })
    }

    /// What is left of its pause.
    pub(in crate::cluster) fn left(&self, now: Millis) -> Option<Millis> {
        match self.place {
            Place::Paused { until } => Some(until - now),
            Place::Good | Place::Probation => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pause_is_twice_as_long_up_to_the_longest() {
        let mut standing = Standing::default();
        let pauses: Vec<u64> = (0..7).map(|_| standing.pause(&OF_CLIENT, Millis(0)).0 / 1_000).collect();
        assert_eq!(pauses, [30, 60, 120, 240, 480, 600, 600]);
    }

    #[test]
    fn one_failure_is_enough_on_probation_and_none_while_it_is_paused() {
        let mut standing = Standing::default();
        assert!(!standing.is_enough(&OF_CLIENT, 2));
        assert!(standing.is_enough(&OF_CLIENT, 3));
        let until = standing.pause(&OF_CLIENT, Millis(0));
        assert!(!standing.is_enough(&OF_CLIENT, 9), "it is paused already");
        assert!(!standing.come_back(&OF_CLIENT, until - Millis(1)));
        assert!(standing.come_back(&OF_CLIENT, until));
        assert!(standing.is_enough(&OF_CLIENT, 1));
    }

    #[test]
    fn a_device_needs_no_probation() {
        let mut standing = Standing::default();
        let until = standing.pause(&OF_DEVICE, Millis(0));
        assert!(standing.come_back(&OF_DEVICE, until) && standing.is_good());
        assert!(!standing.come_back(&OF_DEVICE, until), "once");
    }
}
