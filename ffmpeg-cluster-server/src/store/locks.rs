//! One lock for each name, created on demand and dropped when nobody holds it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

#[derive(Debug)]
pub(crate) struct Locks<K>(Arc<Mutex<BTreeMap<K, Weak<RwLock<()>>>>>);

impl<K> Clone for Locks<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K> Default for Locks<K> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<K: Ord + Clone> Locks<K> {
    fn of(&self, name: &K) -> Arc<RwLock<()>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = all.get(name).and_then(Weak::upgrade) {
            return held;
        }
        // Drops unused locks, so that no more remain than requests are under way.
        all.retain(|_, lock| lock.strong_count() > 0);
        let lock = Arc::default();
        all.insert(name.clone(), Arc::downgrade(&lock));
        lock
    }

    /// A shared lock; waits for the writer.
    pub(crate) async fn read(&self, name: &K) -> OwnedRwLockReadGuard<()> {
        self.of(name).read_owned().await
    }

    /// An exclusive lock, in turn.
    pub(crate) async fn write(&self, name: &K) -> OwnedRwLockWriteGuard<()> {
        self.of(name).write_owned().await
    }

    /// An exclusive lock at once, or None.
    pub(crate) fn try_write(&self, name: &K) -> Option<OwnedRwLockWriteGuard<()>> {
        self.of(name).try_write_owned().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_writes_or_many_read_and_other_names_are_free() {
        let locks = Locks::<u32>::default();
        let (first, second) = (locks.read(&1).await, locks.read(&1).await);
        assert!(locks.try_write(&1).is_none() && locks.try_write(&2).is_some());
        drop((first, second));
        let writing = locks.try_write(&1).expect("nobody reads any more");
        assert!(locks.try_write(&1).is_none());
        drop(writing);
        drop(locks.write(&3).await);
        assert_eq!(locks.0.lock().unwrap().len(), 1, "what nobody holds is forgotten");
    }
}
