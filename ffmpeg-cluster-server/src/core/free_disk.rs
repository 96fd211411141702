//! Tells the core how many bytes may be written, whenever that changes.

use std::time::Duration;

use ffmpeg_cluster_common::cluster::event::Event;
use ffmpeg_cluster_common::io::spawn::Background;

use super::incoming::Core;
use crate::store::Store;

const EVERY: Duration = Duration::from_secs(2);

/// Measures the free disk for the core.
#[derive(Debug, Clone)]
pub(crate) struct FreeDisk {
    pub(crate) core: Core,
    pub(crate) store: Store,
    pub(crate) background: Background,
}

impl FreeDisk {
    /// When this returns, the event is in the driver's queue.
    pub(crate) async fn tell(&self) -> Option<u64> {
        let free = self.store.free_disk().await;
        self.say(free).await;
        free
    }

    async fn say(&self, free: Option<u64>) {
        if let Some(free) = free {
            self.core.send(Event::FreeDisk(free)).await;
        }
    }

    pub(crate) async fn watch(self, mut told: Option<u64>) {
        let stop = self.background.stop().clone();
        while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
            let free = self.store.free_disk().await;
            if free != told {
                self.say(free).await;
            }
            told = free;
        }
    }
}
