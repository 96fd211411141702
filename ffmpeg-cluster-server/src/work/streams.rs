//! Remembers the parameters of streams by what they depend on. The server keeps one ffmpeg for its life, so equal runs give equal
//! outcomes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::recent::{CacheLimits, Entry, Recent};

const MOST: CacheLimits = CacheLimits { entries: 256, bytes: 0 };

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Streams<V>(Arc<Mutex<Recent<V>>>);

impl<V: Clone> Default for Streams<V> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Recent::new(MOST))))
    }
}

impl<V: Clone> Streams<V> {
    pub(super) fn get(&self, key: &str) -> Option<V> {
        self.recent().get(key)
    }

    pub(super) fn remember(&self, key: String, value: V) {
        self.recent().put(Entry { key, value, bytes: 0 });
    }

    fn recent(&self) -> MutexGuard<'_, Recent<V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
