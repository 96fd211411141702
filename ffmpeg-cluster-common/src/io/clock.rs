//! The one place that reads the time, and the pause before another attempt.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::random;
use crate::time::{Millis, WallMillis, backoff};

/// The monotonic clock of this process. Copies agree with each other.
#[derive(Debug, Clone, Copy)]
pub struct Clock(Instant);

impl Clock {
    pub fn start() -> Self {
        Self(Instant::now())
    }
    pub fn now(self) -> Millis {
        Millis(u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX))
    }
    /// `at` as an instant, for a timer of the runtime.
    pub fn instant(self, at: Millis) -> Instant {
        self.0 + Duration::from_millis(at.0)
    }
}

/// The wall clock, for people. No decision depends on it.
pub fn wall() -> WallMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    WallMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The pause before attempt number `attempt`, from 0: it doubles from `first` up to `most`, and chance shortens it by up to a half.
pub async fn pause(first: Millis, most: Millis, attempt: u32) {
    let delay = backoff::delay(first, most, attempt, random::number());
    tokio::time::sleep(Duration::from_millis(delay.0)).await;
}
