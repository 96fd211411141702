//! Webhooks and their deliveries, as plain values.

use std::collections::BTreeMap;

use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::time::WallMillis;

use super::{Page, Reader, Writer};

/// Who is told of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookRow {
    pub name: String,
    pub url: String,
    /// Such as `job.completed`, or `job.*` for all that begin so.
    pub types: Vec<String>,
    /// Which addresses it may have: `public` or `lan`.
    pub allow: String,
    pub secret: Secret,
    /// The secret before a rotation, and until when it signs, too.
    pub former: Option<(Secret, WallMillis)>,
    pub created_at: WallMillis,
    /// When and why nothing is sent any more.
    pub disabled: Option<(WallMillis, String)>,
}

/// One event for one webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    /// The same in every try.
    pub id: String,
    pub webhook: String,
    /// The number of the event.
    pub seq: u64,
    pub kind: String,
    pub body: String,
    pub created_at: WallMillis,
    /// `waiting`, `delivered` or `given_up`.
    pub state: String,
    pub tries: u32,
    /// When the next try is due.
    pub next_at: WallMillis,
    pub last_at: Option<WallMillis>,
    pub last_status: Option<u16>,
    pub last_error: Option<String>,
}

/// What follows from a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    Delivered,
    Again(WallMillis),
    GivenUp,
    /// Nothing more is sent there.
    Disable(String),
}

impl Then {
    pub(crate) const fn as_str(&self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Again(_) => "failed",
            Self::GivenUp => "given_up",
            Self::Disable(_) => "disabled",
        }
    }
}

/// A try to deliver, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    pub id: String,
    pub at: WallMillis,
    pub status: Option<u16>,
    pub error: Option<String>,
    pub then: Then,
}

impl Writer {
    /// A new webhook, or new words for one. It is enabled.
    pub(crate) async fn put_webhook(&self, row: WebhookRow) -> anyhow::Result<()> {
        self.ask(move |catalog| catalog.put_webhook(&row)).await
    }

    pub(crate) async fn remove_webhook(&self, name: String) -> anyhow::Result<bool> {
        self.ask(move |catalog| catalog.remove_webhook(&name)).await
    }

    pub(crate) async fn delivery_tried(&self, tried: Tried) -> anyhow::Result<()> {
        self.ask_telling(move |catalog| catalog.delivery_tried(&tried)).await
    }

    pub(crate) async fn repeat_delivery(&self, id: String, at: WallMillis) -> anyhow::Result<bool> {
        self.ask(move |catalog| catalog.repeat_delivery(&id, at)).await
    }
}

impl Reader {
    pub(crate) async fn webhooks(&self) -> anyhow::Result<Vec<WebhookRow>> {
        self.read(|reads| reads.webhooks()).await
    }

    pub(crate) async fn deliveries(
        &self,
        webhook: &str,
        page: &Page<u64>,
    ) -> anyhow::Result<Vec<DeliveryRow>> {
        let (webhook, page) = (webhook.to_owned(), page.clone());
        self.read(move |reads| reads.deliveries(&webhook, &page)).await
    }

    pub(crate) async fn delivery(&self, id: &str) -> anyhow::Result<Option<DeliveryRow>> {
        let id = id.to_owned();
        self.read(move |reads| reads.delivery(&id)).await
    }

    /// The oldest waiting delivery of each webhook that is not disabled.
    pub(crate) async fn next_deliveries(&self) -> anyhow::Result<Vec<DeliveryRow>> {
        self.read(|reads| reads.next_deliveries()).await
    }

    /// How many wait, by webhook.
    pub(crate) async fn deliveries_waiting(&self) -> anyhow::Result<BTreeMap<String, u64>> {
        self.read(|reads| reads.deliveries_waiting()).await
    }
}
