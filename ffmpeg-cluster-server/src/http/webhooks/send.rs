//! One try to deliver.

use std::time::{Duration, SystemTime};

use ffmpeg_cluster_common::time::WallMillis;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::place::{self, Reach};
use super::secrets;
use super::signature::{self, Signed};
use crate::store::catalog::WebhookRow;

/// From the first look at the name to the head of the answer.
const WITHIN: Duration = Duration::from_secs(15);

/// What is sent, and to whom.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Letter<'a> {
    pub(in crate::http) webhook: &'a WebhookRow,
    pub(in crate::http) id: &'a str,
    pub(in crate::http) body: &'a str,
}

/// What came of it.
#[derive(Debug, Default)]
pub(in crate::http) struct Sent {
    /// None: there was no answer.
    pub(in crate::http) status: Option<u16>,
    /// Why it was not taken, if it was not.
    pub(in crate::http) error: Option<String>,
    /// Seconds.
    pub(super) retry_after: Option<u64>,
}

pub(super) async fn send(letter: &Letter<'_>, now: WallMillis) -> Sent {
    let late = || Err(format!("no answer within {} s", WITHIN.as_secs()));
    let sent = tokio::time::timeout(WITHIN, post(letter, now)).await.unwrap_or_else(|_| late());
    sent.unwrap_or_else(|why| Sent { error: Some(why), ..Sent::default() })
}

async fn post(letter: &Letter<'_>, now: WallMillis) -> Result<Sent, String> {
    let Letter { webhook, id, body } = *letter;
    let reach = Reach::of(&webhook.allow);
    let url = place::url(&webhook.url, reach)?;
    let client = client(&url, reach).await?;
    let timestamp = now.0 / 1000;
    let signature = signature::header(Signed { id, timestamp, body }, secrets(webhook, now));
    let request = client
        .post(url)
        .header(CONTENT_TYPE, "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", timestamp)
        .header("webhook-signature", signature)
        .body(body.to_owned());
    let answer = request.send().await.map_err(|error| told(&error))?;
    let status = answer.status();
    let error = (!status.is_success()).then(|| format!("the receiver answered {}", status.as_u16()));
    Ok(Sent { status: Some(status.as_u16()), error, retry_after: retry_after(answer.headers()) })
}

/// A client that dials what was judged: the name is not looked up again, no proxy looks it up, and no answer leads elsewhere.
async fn client(url: &Url, reach: Reach) -> Result<Client, String> {
    let host = place::host(url).ok_or("the URL names no machine")?;
    let port = url.port_or_known_default().ok_or("the URL names no port")?;
    let found = tokio::net::lookup_host((host, port)).await;
    let found = found.map_err(|error| format!("{host} is not found: {error}"))?;
    let addresses = place::allowed(found.collect(), reach)?;
    let built = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .resolve_to_addrs(host, &addresses)
        .pool_max_idle_per_host(0)
        .user_agent(concat!("ffmpeg-cluster/", env!("CARGO_PKG_VERSION")))
        .build();
    built.map_err(|error| told(&error))
}

/// Seconds, or a moment.
fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let until = || httpdate::parse_http_date(text).ok()?.duration_since(SystemTime::now()).ok();
    text.parse().ok().or_else(|| until().map(|left| left.as_secs() + 1))
}

/// Without the URL, which may hold a secret.
fn told(error: &reqwest::Error) -> String {
    let mut text =
        if error.is_connect() { "could not connect".to_owned() } else { "sending failed".to_owned() };
    let mut next = std::error::Error::source(error);
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text.chars().take(300).collect()
}
