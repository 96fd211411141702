//! When to look at something again: as soon as the server tells that something happened; of an older server, often.

use std::time::Duration;

use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::server::address::Server;
use crate::server::api::Trouble;
use crate::server::watch::Watch;

/// The pause between two looks where nothing is told.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// What a job waits for is no event of that job.
const QUIET_MAX: Duration = Duration::from_secs(5);

pub(crate) struct News {
    query: String,
    watch: Option<Watch>,
    /// Whether this server tells events.
    is_told: bool,
}

impl News {
    /// `query`: which events, as in the address of `/api/v1/events`.
    pub(crate) const fn of(query: String) -> Self {
        Self { query, watch: None, is_told: true }
    }

    /// Watches from now on. Whoever looks after this misses nothing. Trouble shows at the look itself.
    pub(crate) async fn begin(&mut self, server: &Server) {
        if self.watch.is_some() || !self.is_told {
            return;
        }
        match Watch::begin(server, &self.query).await {
            Ok(Some(watch)) => self.watch = Some(watch),
            Ok(None) | Err(Trouble::Refused { .. } | Trouble::Strange { .. }) => self.is_told = false,
            Err(Trouble::Unreachable { .. } | Trouble::Broken { .. } | Trouble::Stranger { .. }) => {}
        }
    }

    /// What was told. None: nothing, but it is time to look again.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        let Some(watch) = &mut self.watch else {
            sleep(LOOK_EVERY).await;
            return None;
        };
        match timeout(QUIET_MAX, watch.next()).await {
            Ok(Ok(told)) => return Some(told),
            Ok(Err(trouble)) => {
                tracing::debug!("events are told no more: {trouble}");
                self.watch = None;
                sleep(LOOK_EVERY).await;
            }
            Err(_) => {}
        }
        None
    }
}
