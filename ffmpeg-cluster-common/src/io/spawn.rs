//! The one place that starts background work: named, inside a span, counted, and stoppable.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// Everything that runs in the background of one process, and the token that ends it.
#[derive(Debug, Clone)]
pub struct Background {
    tracker: TaskTracker,
    stop: CancellationToken,
}

impl Default for Background {
    fn default() -> Self {
        Self::new(CancellationToken::new())
    }
}

impl Background {
    pub fn new(stop: CancellationToken) -> Self {
        Self { tracker: TaskTracker::new(), stop }
    }

    /// Cancelled when the process is to end.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Runs `work` to its end. It must watch [`Background::stop`] itself where it can last.
    pub fn spawn<F>(&self, name: &'static str, work: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tracker.spawn(work.instrument(tracing::debug_span!("run", name)))
    }

    /// Work that blocks a thread: files and digests.
    pub fn blocking<F, T>(&self, work: F) -> tokio::task::JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.tracker.spawn_blocking(work)
    }

    /// Asks everything to stop and waits; false where something did not stop in time.
    pub async fn finish(&self, within: Duration) -> bool {
        self.stop.cancel();
        self.tracker.close();
        tokio::time::timeout(within, self.tracker.wait()).await.is_ok()
    }
}
