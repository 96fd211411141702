//! New events for those who watch, straight from the commit: nobody who waits asks the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use tokio::sync::broadcast;

use super::events::EventRow;

/// Who is further behind than this has missed something, and starts over.
pub(crate) const BEHIND_MAX: usize = 1024;

/// Cheap to clone. Telling never waits for a watcher.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    at: Arc<At>,
    new: broadcast::Sender<Arc<EventRow>>,
}

#[derive(Debug, Default)]
struct At {
    boot: AtomicU32,
    last: AtomicU64,
}

impl Default for Live {
    fn default() -> Self {
        Self { at: Arc::default(), new: broadcast::Sender::new(BEHIND_MAX) }
    }
}

impl Live {
    /// `last`: the number of the newest event of all earlier starts.
    pub(crate) fn begin(&self, boot: u32, last: u64) {
        self.at.boot.store(boot, Ordering::Relaxed);
        self.at.last.store(last, Ordering::Release);
    }

    pub(crate) fn boot(&self) -> u32 {
        self.at.boot.load(Ordering::Relaxed)
    }

    /// The number of the newest committed event.
    pub(crate) fn last(&self) -> u64 {
        self.at.last.load(Ordering::Acquire)
    }

    /// What a list says that is read after this call: events behind it are news.
    pub(crate) fn id(&self) -> String {
        format!("{}.{}", self.boot(), self.last())
    }

    pub(crate) fn watch(&self) -> broadcast::Receiver<Arc<EventRow>> {
        self.new.subscribe()
    }

    /// Called by the one thread that commits, after the commit, so that the order is that of the numbers.
    pub(super) fn tell(&self, rows: Vec<EventRow>) {
        for row in rows {
            self.at.last.store(row.seq, Ordering::Release);
            // Nobody may be watching.
            let _ = self.new.send(Arc::new(row));
        }
    }
}
