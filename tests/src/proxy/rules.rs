//! What a test tells the proxy while it runs, and how bytes wait for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::Way;

/// A connection is the one or the other from its first bytes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    /// The WebSocket of a client.
    Control,
    /// Everything else: sources, pieces, uploads, commands.
    Bytes,
}

impl Plane {
    pub const BOTH: [Self; 2] = [Self::Control, Self::Bytes];
}

/// For one plane in one direction.
#[derive(Debug, Clone, Default)]
pub(super) struct Rule {
    /// Nothing passes and nothing is read; both ends stay open.
    pub(super) stalled: bool,
    pub(super) delay: Duration,
    /// Bytes in a second.
    pub(super) rate: Option<u64>,
    /// The next large buffer passes with one bit changed.
    pub(super) flips: u32,
}

#[derive(Debug, Default)]
pub(super) struct Rules {
    all: Mutex<[[Rule; 2]; 2]>,
    changed: Condvar,
}

/// Heads of requests and answers are mostly smaller; a flip is meant for the bytes behind them.
const WORTH_A_FLIP: usize = 1000;

impl Rules {
    fn lock(&self) -> MutexGuard<'_, [[Rule; 2]; 2]> {
        self.all.lock().expect("no pump panics")
    }

    pub(super) fn change(&self, planes: &[Plane], ways: &[Way], change: impl Fn(&mut Rule)) {
        let mut all = self.lock();
        for plane in planes {
            ways.iter().for_each(|way| change(&mut all[*plane as usize][*way as usize]));
        }
        self.changed.notify_all();
    }

    /// Those who wait look again at whether their connection lives.
    pub(super) fn wake(&self) {
        let _all = self.lock();
        self.changed.notify_all();
    }

    /// Waits until bytes may pass; false where the connection was cut meanwhile.
    pub(super) fn gate(&self, plane: Plane, way: Way, dead: &AtomicBool) -> bool {
        let mut all = self.lock();
        let delay = all[plane as usize][way as usize].delay;
        let due = Instant::now() + delay;
        loop {
            let left = due.saturating_duration_since(Instant::now());
            if dead.load(Ordering::SeqCst) {
                return false;
            }
            all = match all[plane as usize][way as usize].stalled {
                false if left.is_zero() => return true,
                false => self.changed.wait_timeout(all, left).expect("no pump panics").0,
                true => self.changed.wait(all).expect("no pump panics"),
            };
        }
    }

    /// Waits as long as so many bytes take at the rate that is allowed just now, or until that changes.
    pub(super) fn pace(&self, plane: Plane, way: Way, bytes: usize, dead: &AtomicBool) {
        let mut all = self.lock();
        let Some(rate) = all[plane as usize][way as usize].rate else { return };
        let due = Instant::now() + Duration::from_secs_f64(bytes as f64 / rate.max(1) as f64);
        while all[plane as usize][way as usize].rate == Some(rate) && !dead.load(Ordering::SeqCst) {
            let left = due.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            all = self.changed.wait_timeout(all, left).expect("no pump panics").0;
        }
    }

    /// How many bytes pass at a time, so that a slow line trickles.
    pub(super) fn at_once(&self, plane: Plane, way: Way) -> usize {
        let rate = self.lock()[plane as usize][way as usize].rate;
        rate.map_or(usize::MAX, |rate| usize::try_from(rate / 20).unwrap_or(usize::MAX).max(1))
    }

    /// Changes a bit where one was asked for; true where it did.
    pub(super) fn flip(&self, plane: Plane, way: Way, bytes: &mut [u8]) -> bool {
        let rule = &mut self.lock()[plane as usize][way as usize];
        if rule.flips == 0 || bytes.len() < WORTH_A_FLIP {
            return false;
        }
        rule.flips -= 1;
        let at = bytes.len() - WORTH_A_FLIP / 2;
        bytes[at] ^= 1 << (bytes.len() % 8);
        true
    }
}
