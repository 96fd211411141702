//! The one place that starts background work: named, in a tracing span, counted, and stoppable.

use std::future::Future;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

/// The background work of one process, and the token that ends it.
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

    /// Cancelled when the process has to end.
    pub fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    /// Runs `work` to its end. Work that may take long must watch [`Background::stop`] itself.
    pub fn spawn<F>(&self, name: &'static str, work: F) -> tokio::task::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tracker.spawn(work.instrument(tracing::debug_span!("run", name)))
    }

    /// Runs work that blocks a thread, such as files and digests.
    pub fn blocking<F, T>(&self, work: F) -> tokio::task::JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.tracker.spawn_blocking(work)
    }

    /// Asks all work to stop, and waits; returns false if some did not stop in time.
    pub async fn finish(&self, within: Duration) -> bool {
        self.stop.cancel();
        self.tracker.close();
        tokio::time::timeout(within, self.tracker.wait()).await.is_ok()
    }
}
