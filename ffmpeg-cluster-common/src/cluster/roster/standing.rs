//! Whether somebody gets work, and why not.
//! One mechanism serves a client on which everything fails, a device that fails, a client's disk
//! that was full, and a client that lies.
//! They differ in their limits, and in what counts as a failure.

use crate::time::Millis;
use crate::time::backoff;

/// When a pause begins, and how long it is.
#[derive(Debug)]
pub(super) struct Limits {
    /// This many failures cause a pause.
    pub(super) failures: usize,
    /// The length of the first pause, which doubles with each further pause up to `longest`.
    pub(super) first: Millis,
    pub(super) longest: Millis,
    /// Whether a pause ends in probation: one segment at a time,
    /// and one failure causes the next pause.
    pub(super) probation: bool,
}

/// For a client. Its failures are segments that failed on no other client.
pub(super) const OF_CLIENT: Limits =
    Limits { failures: 3, first: Millis::secs(30), longest: Millis::secs(600), probation: true };
/// For a device. Only failures in a row count.
pub(super) const OF_DEVICE: Limits = Limits { probation: false, ..OF_CLIENT };
/// For a client's disk. A failure is a piece for which it had no space.
pub(super) const OF_DISK: Limits =
    Limits { failures: 1, first: Millis::secs(10), longest: Millis::secs(10), probation: false };
/// For a client that lies. Its failures are lies within the length of one pause.
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
    /// No work until then.
    Paused { until: Millis },
    /// One segment at a time.
    Probation,
}

/// The standing of one client, device, disk or liar.
/// The durable record holds only the lies; the cluster finds out all else again after a restart.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(in crate::cluster) struct Standing {
    pub(in crate::cluster) place: Place,
    /// Pauses since the last success.
    pauses: u32,
}

impl Standing {
    /// Whether this many failures are enough for a pause. Returns false during a pause.
    pub(super) fn is_enough(&self, limits: &Limits, failures: usize) -> bool {
        !self.is_paused() && (failures >= limits.failures || self.place == Place::Probation)
    }

    /// Begins a pause. Returns when it ends.
    pub(super) fn pause(&mut self, limits: &Limits, now: Millis) -> Millis {
        let until = now + backoff::delay(limits.first, limits.longest, self.pauses, 0);
        self.pauses += 1;
        self.pause_until(until);
        until
    }

    pub(super) fn pause_until(&mut self, until: Millis) {
        self.place = Place::Paused { until };
    }

    /// Ends the pause if its time is over. Returns whether it did.
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

    /// The time that is left of the pause. Returns None if there is no pause.
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
