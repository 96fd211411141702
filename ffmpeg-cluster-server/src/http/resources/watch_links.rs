//! Links that play the stream of a job for whoever has them: `/api/v1/jobs/{job}/links`.

use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::text::rfc3339::rfc3339;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::http::{HeaderValue, StatusCode, header};
use warp::reply::Response;

use super::{jobs, names, tokens};
use crate::access::audit_log::AuditAction;
use crate::access::links;
use crate::access::qr::Drawing;
use crate::access::watch_links::{self, HOURS_MAX, NewWatchLink, OF_A_JOB_MAX};
use crate::admission::{failed, internal};
use crate::http::Services;
use crate::http::answer::{self, Failure, refused};
use crate::http::call::Call;
use crate::http::problem::{Mistake, Problem};
use crate::store::catalog::WatchLinkRow;

/// The links of a job that still work, the oldest first.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct LinkList {
    items: Vec<LinkLine>,
    total: u64,
}

/// A link without its code.
#[derive(Debug, Serialize, JsonSchema)]
struct LinkLine {
    /// Its name, which is no secret.
    id: String,
    created_at: String,
    /// From then on it plays nothing.
    expires_at: String,
}

impl From<&WatchLinkRow> for LinkLine {
    fn from(row: &WatchLinkRow) -> Self {
        Self {
            id: watch_links::name(row).to_owned(),
            created_at: rfc3339(row.created_at),
            expires_at: rfc3339(row.expires_at),
        }
    }
}

/// A link to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct LinkNew {
    /// How long it works; at most 8784.
    #[serde(default = "half_a_day")]
    #[schemars(range(min = 1, max = 8784))]
    hours: u32,
}

const fn half_a_day() -> u32 {
    12
}

/// A new link. Its code is shown once.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct LinkMade {
    #[serde(flatten)]
    link: LinkLine,
    /// What a player opens, on this server.
    url: String,
    /// The same as other machines reach this server.
    address: String,
    qr: Option<Drawing>,
}

pub(in crate::http) async fn all(call: Call) -> Result<Response, Failure> {
    let row = names::job(&call.services, call.principal()?, &call.name).await?;
    let rows = call.services.watch_links.of_job(&row.job).await.map_err(|error| internal(&error))?;
    let items: Vec<LinkLine> = rows.iter().map(LinkLine::from).collect();
    let total = items.len() as u64;
    Ok(answer::json(StatusCode::OK, &LinkList { items, total }))
}

pub(in crate::http) async fn make(mut call: Call) -> Result<Response, Failure> {
    let LinkNew { hours } = call.json()?;
    if !(1..=HOURS_MAX).contains(&hours) {
        return Err(wrong(format!("hours: {hours} is not within 1 and {HOURS_MAX}")));
    }
    let (services, principal) = (&call.services, call.principal()?);
    let row = names::job(services, principal, &call.name).await?;
    let ladder = row.spec.ladder.as_ref().ok_or_else(|| {
        let message = format!("job {} makes a file, and links play streams; a ladder makes one", row.job);
        refused(ErrorCode::InvalidRequest, message)
    })?;
    let made = services.watch_links.make(&row.job, principal, hours).await;
    let made = made.map_err(|error| failed("a link could not be made", &error))?.ok_or_else(|| {
        let message =
            format!("job {} has {OF_A_JOB_MAX} links, the most it may have; end one first", row.job);
        refused(ErrorCode::QuotaExceeded, message)
    })?;
    let about = format!("{} {}", row.job, watch_links::name(&made.row));
    services.audit_log.note(principal, AuditAction::MakeWatchLink, &about, "ok");
    let told = told(services, jobs::first_list(ladder), &made)
        .await
        .map_err(|error| failed("a link could not be told", &error))?;
    let mut answer = answer::json(StatusCode::CREATED, &told);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answer)
}

async fn told(services: &Services, list: &str, made: &NewWatchLink) -> anyhow::Result<LinkMade> {
    let url = format!("/watch/{}/{}", made.code.reveal(), list);
    let place = tokens::whereabouts(services).await?;
    let address = format!("{}{url}", links::address(&place));
    Ok(LinkMade { link: (&made.row).into(), qr: Drawing::of(&address), url, address })
}

fn wrong(detail: String) -> Failure {
    let mistake = Mistake { parameter: None, pointer: Some("#/hours".to_owned()), detail: detail.clone() };
    let problem = Problem::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidRequest, detail);
    Problem { errors: vec![mistake], ..problem }.into()
}

pub(in crate::http) async fn end(call: Call) -> Result<Response, Failure> {
    let (services, principal) = (&call.services, call.principal()?);
    let (job, link) = call.name.split_once('/').unwrap_or_default();
    let row = names::job(services, principal, job).await?;
    let is_ended = services.watch_links.end(&row.job, link).await.map_err(|error| internal(&error))?;
    if !is_ended {
        let message =
            format!("job {} has no link {link}; GET /api/v1/jobs/{}/links lists all", row.job, row.job);
        return Err(refused(ErrorCode::LinkNotFound, message));
    }
    services.audit_log.note(principal, AuditAction::EndWatchLink, &format!("{} {link}", row.job), "ok");
    Ok(answer::plain(StatusCode::NO_CONTENT, &[]))
}
