//! Requests with a key that are being carried out, so that the same one does not begin again meanwhile.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::store::catalog::RequestKey;

/// Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct AtWork(Arc<Mutex<BTreeSet<RequestKey>>>);

/// As long as it lives, its request is being carried out.
#[derive(Debug)]
pub(crate) struct Working {
    all: AtWork,
    key: RequestKey,
}

impl AtWork {
    /// None if it has begun already.
    pub(crate) fn begin(&self, key: &RequestKey) -> Option<Working> {
        let is_new = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        is_new.then(|| Working { all: self.clone(), key: key.clone() })
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}
