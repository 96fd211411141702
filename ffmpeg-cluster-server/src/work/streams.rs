//! Remembers the parameters of streams by what they depend on. The server keeps one ffmpeg for its life, so equal runs give equal
//! outcomes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ffmpeg_cluster_common::media::plan::piece::StreamParams;

use super::recent::{Entry, Most, Recent};

const MOST: Most = Most { entries: 256, bytes: 0 };

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Streams(Arc<Mutex<Recent<StreamParams>>>);

impl Default for Streams {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Recent::new(MOST))))
    }
}

impl Streams {
    pub(super) fn get(&self, key: &str) -> Option<StreamParams> {
        self.recent().get(key)
    }

    pub(super) fn remember(&self, key: String, params: &StreamParams) {
        self.recent().put(Entry { key, value: params.clone(), bytes: 0 });
    }

    fn recent(&self) -> MutexGuard<'_, Recent<StreamParams>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
