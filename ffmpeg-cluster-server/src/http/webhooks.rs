//! Tells webhooks of events. The catalog makes a delivery in the transaction of its event; here deliveries are sent, in their
//! order for each webhook, until the receiver takes them or is given up.
//!
//! - [`schedule`]: what follows from a try.
//! - [`signature`]: how a receiver knows that it was us.
//! - [`place`]: which addresses may be spoken to.
//! - [`send`]: one try.

pub(super) mod place;
mod schedule;
mod send;
pub(super) mod signature;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::io::{clock, random};
use ffmpeg_cluster_common::time::WallMillis;
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

pub(super) use self::send::Letter;
use self::send::Sent;
use crate::core::metrics::counts::Counts;
use crate::core::metrics::names;
use crate::store::Store;
use crate::store::catalog::{DeliveryRow, EventRow, Tried, WebhookRow};

/// Deliveries on their way at a time.
const AT_ONCE_MAX: usize = 4;
/// After the database failed to answer.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// A try is due again this late at the latest, whatever became of the clock meanwhile.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// Sends deliveries. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Webhooks {
    store: Store,
    counts: Counts,
    background: Background,
    turns: Arc<Semaphore>,
    changed: Arc<Notify>,
}

/// What is on its way, by webhook.
#[derive(Debug, Default)]
struct UnderWay {
    tasks: JoinSet<String>,
    webhooks: BTreeSet<String>,
}

impl Webhooks {
    pub(crate) fn new(store: Store, counts: Counts, background: Background) -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE_MAX));
        Self { store, counts, background, turns, changed: Arc::default() }
    }

    /// Somebody changed a webhook, or wants a delivery again.
    pub(super) fn changed(&self) {
        self.changed.notify_one();
    }

    /// Runs until the server stops. What is on its way then is sent again by the next start, under the same number.
    pub(crate) async fn watch(self) {
        let stop = self.background.stop().clone();
        stop.run_until_cancelled(self.send_all()).await;
    }

    async fn send_all(&self) {
        let (mut new, mut under_way) = (self.store.writer.live().watch(), UnderWay::default());
        loop {
            let (wait, has_any) = match self.start(&mut under_way).await {
                Ok(started) => started,
                Err(error) => {
                    tracing::warn!("the deliveries of webhooks can't be read; trying again: {error:#}");
                    (AGAIN_AFTER, true)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.changed.notified() => {}
                // Without a webhook, no event is of interest.
                () = heard(&mut new), if has_any => {}
                Some(done) = under_way.tasks.join_next() => {
                    match done {
                        Ok(webhook) => drop(under_way.webhooks.remove(&webhook)),
                        Err(error) => tracing::error!("a delivery ended badly: {error}"),
                    }
                }
            }
        }
    }

    /// Starts what is due; says when the next one is, and whether there is any webhook.
    async fn start(&self, under_way: &mut UnderWay) -> anyhow::Result<(Duration, bool)> {
        let webhooks = self.store.reader.webhooks().await?;
        let webhooks: BTreeMap<String, WebhookRow> =
            webhooks.into_iter().map(|row| (row.name.clone(), row)).collect();
        if webhooks.is_empty() {
            return Ok((LOOK_EVERY, false));
        }
        let (now, mut wait) = (clock::wall(), LOOK_EVERY);
        for next in self.store.reader.next_deliveries().await? {
            let Some(webhook) = webhooks.get(&next.webhook) else { continue };
            let left = next.next_at.0.saturating_sub(now.0);
            if under_way.webhooks.contains(&next.webhook) {
                continue;
            }
            if left > 0 {
                wait = wait.min(Duration::from_millis(left));
                continue;
            }
            under_way.webhooks.insert(next.webhook.clone());
            under_way.tasks.spawn(self.clone().deliver(webhook.clone(), next));
        }
        Ok((wait, true))
    }

    /// One try; returns the webhook's name.
    async fn deliver(self, webhook: WebhookRow, delivery: DeliveryRow) -> String {
        let DeliveryRow { id, body, tries, .. } = delivery;
        let Sent { status, error, retry_after } =
            self.send(&Letter { webhook: &webhook, id: &id, body: &body }).await;
        let at = clock::wall();
        let answered = schedule::Answered { status, retry_after, tries: tries + 1, chance: random::number() };
        let then = schedule::then(&answered, at);
        self.counts.add(&names::DELIVERIES, vec![then.as_str().into()], 1);
        let tried = Tried { id, at, status, error, then };
        if let Err(error) = self.store.writer.delivery_tried(tried.clone()).await {
            tracing::warn!(webhook = webhook.name, "a try could not be noted, so it comes again: {error:#}");
            tokio::time::sleep(AGAIN_AFTER).await;
        }
        let Tried { id, error, then, .. } = tried;
        tracing::info!(webhook = webhook.name, id, ?status, error, outcome = then.as_str(), "delivery tried");
        webhook.name
    }

    /// Waits for its turn first.
    pub(super) async fn send(&self, letter: &Letter<'_>) -> Sent {
        let _turn = self.turns.acquire().await;
        send::send(letter, clock::wall()).await
    }
}

/// Returns when there is a new event, and passes over all that came with it.
async fn heard(new: &mut Receiver<Arc<EventRow>>) {
    if let Err(RecvError::Closed) = new.recv().await {
        return std::future::pending().await;
    }
    while new.try_recv().is_ok() {}
}

/// The secrets that sign at this moment.
fn secrets(webhook: &WebhookRow, now: WallMillis) -> impl Iterator<Item = &str> {
    let former = webhook.former.as_ref().filter(|(_, until)| now < *until);
    [&webhook.secret].into_iter().chain(former.map(|(secret, _)| secret)).map(|secret| secret.reveal())
}
