//! Moments and lengths of time as data. Nothing here can read a clock.

pub(crate) mod backoff;

use std::ops::{Add, Sub};

use serde::{Deserialize, Serialize};

/// Milliseconds on the monotonic clock of the running process; also a length of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub u64);

impl Millis {
    pub const fn secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl Add for Millis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Millis {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

/// Milliseconds since 1970, for people to read.
/// The state machines use it for one decision only: how long a strike counts,
/// which must survive a restart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WallMillis(pub u64);
