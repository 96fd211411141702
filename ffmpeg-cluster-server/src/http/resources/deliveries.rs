//! What was sent to webhooks, and what is still to be sent.

use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::text::rfc3339::rfc3339;
use schemars::JsonSchema;
use serde::Serialize;
use warp::http::StatusCode;
use warp::reply::Response;

use super::{listed, webhooks};
use crate::access::audit_log::AuditAction;
use crate::admission::internal;
use crate::http::answer::{Failure, json, refused};
use crate::http::call::Call;
use crate::http::cursor;
use crate::http::query::Parameter;
use crate::http::tagged::{Tag, tagged};
use crate::store::catalog::{DeliveryRow, Page};

const ORDER: &str = "-seq";

pub(in crate::http) const PARAMETERS: &[Parameter] = &[listed::LIMIT, listed::CURSOR];

/// A page of a webhook's deliveries, the newest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct DeliveryPage {
    items: Vec<Delivery>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct Delivery {
    /// The `webhook-id` of every try.
    id: String,
    /// The number of the event.
    seq: u64,
    r#type: String,
    /// `waiting`, `delivered` or `given_up`.
    state: String,
    created_at: String,
    tries: u32,
    /// When the next try is due, unless an older delivery is still before it; null once it ended.
    next_at: Option<String>,
    last_at: Option<String>,
    /// What the receiver answered last.
    last_status: Option<u16>,
    last_error: Option<String>,
    /// What is sent.
    body: String,
}

fn told(row: DeliveryRow) -> Delivery {
    let waits = row.state == "waiting";
    Delivery {
        id: row.id,
        seq: row.seq,
        r#type: row.kind,
        state: row.state,
        created_at: rfc3339(row.created_at),
        tries: row.tries,
        next_at: waits.then(|| rfc3339(row.next_at)),
        last_at: row.last_at.map(rfc3339),
        last_status: row.last_status,
        last_error: row.last_error,
        body: row.body,
    }
}

pub(in crate::http) async fn all(call: Call) -> Result<Response, Failure> {
    let webhook = webhooks::find(&call.services, &call.name).await?;
    let after = call.query.text("cursor").map(|text| cursor::read::<u64>(text, ORDER)).transpose()?;
    let limit = listed::limit(&call.query);
    // One more tells whether there is another page.
    let page = Page { after, limit: limit + 1 };
    let rows = call.services.runner.store.reader.deliveries(&webhook.name, &page).await;
    let mut rows = rows.map_err(|error| internal(&error))?;
    let is_last = rows.len() <= limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| !is_last).map(|row| cursor::write(ORDER, &row.seq));
    let page = DeliveryPage { items: rows.into_iter().map(told).collect(), next };
    Ok(listed::linked(tagged(&call.headers, &page, Tag::Weak), &call, page.next.as_deref()))
}

/// Sends it once more, under the same number.
pub(in crate::http) async fn retry(call: Call) -> Result<Response, Failure> {
    let (services, id) = (&call.services, &call.name);
    let (reader, writer) = (&services.runner.store.reader, &services.runner.store.writer);
    let none = || refused(ErrorCode::DeliveryNotFound, "there is no delivery of this number");
    let row = reader.delivery(id).await.map_err(|error| internal(&error))?.ok_or_else(none)?;
    let webhook = webhooks::find(services, &row.webhook).await?;
    if let Some((_, why)) = webhook.disabled {
        let message = format!("{} is disabled: {why}; PUT /api/v1/webhooks/{0} enables it", row.webhook);
        return Err(Failure::at(StatusCode::CONFLICT, ErrorCode::InvalidRequest, message));
    }
    let repeated = writer.repeat_delivery(id.clone(), clock::wall()).await;
    if !repeated.map_err(|error| internal(&error))? {
        return Err(none());
    }
    services.webhooks.changed();
    services.audit_log.note(call.principal()?, AuditAction::RepeatDelivery, id, "ok");
    let row = reader.delivery(id).await.map_err(|error| internal(&error))?.ok_or_else(none)?;
    Ok(json(StatusCode::OK, &told(row)))
}
