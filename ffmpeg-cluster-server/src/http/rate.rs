//! Limits messages a second, with a burst.

use tokio::time::Instant;

/// A client sends a few messages a second; a busy one some dozens.
const PER_SECOND: f64 = 50.0;
const AT_ONCE: f64 = 400.0;

#[derive(Debug)]
pub(crate) struct Rate {
    left: f64,
    at: Instant,
}

impl Rate {
    pub(crate) fn new(now: Instant) -> Self {
        Self { left: AT_ONCE, at: now }
    }

    /// False if this message is one too many.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let since = now.duration_since(self.at).as_secs_f64();
        (self.left, self.at) = ((self.left + since * PER_SECOND).min(AT_ONCE), now);
        self.left -= 1.0;
        self.left >= 0.0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_is_fine_and_a_stream_is_bounded() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        let burst = (0..1000).filter(|_| rate.take(start)).count();
        assert_eq!(burst, 400);
        let later = start + Duration::from_secs(20);
        assert_eq!((0..1000).filter(|_| rate.take(later)).count(), 400, "and no more is saved up");
        let mut steady = Rate::new(start);
        assert!((0..10_000_u64).all(|n| steady.take(start + Duration::from_millis(n * 20))));
    }
}
