//! Webhooks: who is told of events, and what was sent.

use std::time::Instant;

use ffmpeg_cluster_common::io::clock;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::text::rfc3339::rfc3339;
use ffmpeg_cluster_common::time::WallMillis;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use warp::http::StatusCode;
use warp::reply::Response;

use super::watch::Pattern;
use crate::access::audit_log::AuditAction;
use crate::admission::internal;
use crate::http::Services;
use crate::http::answer::{Failure, json, plain, refused};
use crate::http::call::Call;
use crate::http::tagged::{Tag, tagged};
use crate::http::webhooks::place::{self, Reach};
use crate::http::webhooks::{Letter, signature};
use crate::store::catalog::WebhookRow;

const MOST: usize = 50;
const TYPES_MAX: usize = 50;
const NAME_CHARS_MAX: usize = 40;
/// How long the secret before a rotation signs, too.
const FORMER_FOR_MS: u64 = 24 * 3_600_000;

/// A webhook as it is to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct WebhookNew {
    /// Where events are sent by POST.
    #[schemars(url, length(max = 2000))]
    url: String,
    /// Such as `job.completed`, or `job.*` for all that begin so.
    #[serde(default = "usual_types")]
    #[schemars(length(min = 1, max = 50), inner(regex(pattern = r"^([a-z._]+\*?|\*)$")))]
    types: Vec<String>,
    #[serde(default)]
    allow: Allow,
    /// A new secret. The one before it signs for another day, too.
    #[serde(default)]
    rotate_secret: bool,
}

fn usual_types() -> Vec<String> {
    ["job.completed", "job.failed"].map(str::to_owned).into()
}

/// Which addresses the URL may lead to.
#[derive(Debug, Default, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Allow {
    /// Only those of the internet, by https.
    #[default]
    Public,
    /// Also those of this machine and its networks, also by http.
    Lan,
}

impl Allow {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Lan => "lan",
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct Webhook {
    name: String,
    url: String,
    types: Vec<String>,
    /// `public` or `lan`.
    allow: String,
    created_at: String,
    /// Why nothing is sent any more; null while it is. PUT enables it again.
    disabled: Option<Disabled>,
    /// Until when the secret before the last rotation signs, too.
    former_secret_until: Option<String>,
    /// Only in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct Disabled {
    at: String,
    why: String,
}

/// All webhooks by their names.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct WebhookList {
    items: Vec<Webhook>,
}

/// What came of a message that was sent at once.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct TestSent {
    is_delivered: bool,
    /// What the receiver answered; null without an answer.
    status: Option<u16>,
    error: Option<String>,
    took_ms: u64,
}

fn told(row: WebhookRow) -> Webhook {
    let former = row.former.filter(|(_, until)| clock::wall() < *until);
    Webhook {
        name: row.name,
        url: row.url,
        types: row.types,
        allow: row.allow,
        created_at: rfc3339(row.created_at),
        disabled: row.disabled.map(|(at, why)| Disabled { at: rfc3339(at), why }),
        former_secret_until: former.map(|(_, until)| rfc3339(until)),
        secret: None,
    }
}

pub(in crate::http) async fn all(call: Call) -> Result<Response, Failure> {
    let rows = rows(&call.services).await?;
    Ok(tagged(&call.headers, &WebhookList { items: rows.into_iter().map(told).collect() }, Tag::Weak))
}

pub(in crate::http) async fn one(call: Call) -> Result<Response, Failure> {
    let row = find(&call.services, &call.name).await?;
    Ok(tagged(&call.headers, &told(row), Tag::Strong))
}

async fn rows(services: &Services) -> Result<Vec<WebhookRow>, Failure> {
    let rows = services.runner.store.reader.webhooks().await;
    rows.map_err(|error| internal(&error).into())
}

pub(super) async fn find(services: &Services, name: &str) -> Result<WebhookRow, Failure> {
    let mut rows = rows(services).await?.into_iter();
    rows.find(|row| row.name == name)
        .ok_or_else(|| refused(ErrorCode::WebhookNotFound, "there is no webhook of this name"))
}

pub(in crate::http) async fn put(mut call: Call) -> Result<Response, Failure> {
    let wanted = call.json::<WebhookNew>()?;
    let name = call.name.clone();
    check(&name, &wanted).map_err(|why| refused(ErrorCode::InvalidRequest, why))?;
    let (services, all) = (&call.services, rows(&call.services).await?);
    if all.len() >= MOST && !all.iter().any(|row| row.name == name) {
        return Err(refused(
            ErrorCode::QuotaExceeded,
            format!("there are {MOST} webhooks already; delete one"),
        ));
    }
    let before = all.into_iter().find(|row| row.name == name);
    let (status, has_new_secret) = match &before {
        None => (StatusCode::CREATED, true),
        Some(_) => (StatusCode::OK, wanted.rotate_secret),
    };
    let row = made(name, wanted, before).map_err(|error| internal(&error))?;
    let secret = has_new_secret.then(|| row.secret.reveal().to_owned());
    let put = services.runner.store.writer.put_webhook(row.clone()).await;
    put.map_err(|error| internal(&error))?;
    services.webhooks.changed();
    services.audit_log.note(call.principal()?, AuditAction::PutWebhook, &row.name, "ok");
    Ok(json(status, &Webhook { secret, ..told(row) }))
}

fn check(name: &str, wanted: &WebhookNew) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if name.len() > NAME_CHARS_MAX || !name.chars().all(fits) {
        return Err(format!(
            "{name:?} is no name of a webhook; it has at most {NAME_CHARS_MAX} letters a–z, digits, - and _"
        ));
    }
    if wanted.types.is_empty() || wanted.types.len() > TYPES_MAX {
        return Err(format!("types: give 1 to {TYPES_MAX}, such as job.completed or job.*"));
    }
    for kind in &wanted.types {
        kind.parse::<Pattern>()?;
    }
    place::url(&wanted.url, Reach::of(wanted.allow.as_str())).map(drop)
}

fn made(name: String, wanted: WebhookNew, before: Option<WebhookRow>) -> anyhow::Result<WebhookRow> {
    let now = clock::wall();
    let (secret, former, created_at) = match before {
        None => (signature::new_secret()?, None, now),
        Some(before) if wanted.rotate_secret => {
            let until = WallMillis(now.0 + FORMER_FOR_MS);
            (signature::new_secret()?, Some((before.secret, until)), before.created_at)
        }
        Some(before) => (before.secret, before.former, before.created_at),
    };
    let (types, allow) = (wanted.types, wanted.allow.as_str().to_owned());
    Ok(WebhookRow { name, url: wanted.url, types, allow, secret, former, created_at, disabled: None })
}

pub(in crate::http) async fn remove(call: Call) -> Result<Response, Failure> {
    let removed = call.services.runner.store.writer.remove_webhook(call.name.clone()).await;
    if !removed.map_err(|error| internal(&error))? {
        return Err(refused(ErrorCode::WebhookNotFound, "there is no webhook of this name"));
    }
    call.services.audit_log.note(call.principal()?, AuditAction::RemoveWebhook, &call.name, "ok");
    Ok(plain(StatusCode::NO_CONTENT, &[]))
}

/// Sends one message at once, so that its sender sees what comes of it. It is not kept.
pub(in crate::http) async fn test(call: Call) -> Result<Response, Failure> {
    let services = &call.services;
    let webhook = find(services, &call.name).await?;
    let now = clock::wall();
    let body =
        json!({ "type": "webhook.test", "timestamp": rfc3339(now), "data": { "webhook": webhook.name } });
    let id = format!("msg_test_{}_{}", uuid::Uuid::new_v4().simple(), webhook.name);
    let began = Instant::now();
    let letter = Letter { webhook: &webhook, id: &id, body: &body.to_string() };
    let sent = services.webhooks.send(&letter).await;
    services.audit_log.note(call.principal()?, AuditAction::TestWebhook, &webhook.name, "ok");
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let is_delivered = sent.error.is_none();
    Ok(json(StatusCode::OK, &TestSent { is_delivered, status: sent.status, error: sent.error, took_ms }))
}
