//! Chooses the lane of a span: the lowest free one.

use std::sync::{Mutex, PoisonError};

/// True for each lane that has a span.
#[derive(Debug, Default)]
pub(super) struct Lanes(Mutex<Vec<bool>>);

impl Lanes {
    pub(super) fn take(&self) -> usize {
        let mut lanes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let free = lanes.iter().position(|taken| !taken).unwrap_or(lanes.len());
        if free == lanes.len() {
            lanes.push(true);
        }
        lanes[free] = true;
        free
    }

    pub(super) fn give_back(&self, lane: usize) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)[lane] = false;
    }
}
