//! The state of the server: health and refusals.

use std::collections::BTreeSet;

use ffmpeg_cluster_common::limits::PROTOCOL;
use schemars::JsonSchema;
use serde::Serialize;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::http::answer::{self, Failure};
use crate::http::call::Call;

#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct Health {
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
}

/// Which release it is, and where its disk is, concerns only those who may use it.
pub(in crate::http) async fn health(call: Call) -> Result<Response, Failure> {
    let full = call.services.runner.store.why_full().await;
    let status = if full.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let is_known = call.principal.is_some();
    let health = Health {
        status: if full.is_some() { "disk full" } else { "ok" },
        version: is_known.then_some(env!("CARGO_PKG_VERSION")),
        message: full.filter(|_| is_known),
    };
    Ok(answer::json(status, &health))
}

/// Whether the server can take a job now, and if not, what it lacks.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct Readiness {
    status: &'static str,
    database: bool,
    disk: bool,
    ffmpeg: bool,
}

pub(in crate::http) async fn ready(call: Call) -> Result<Response, Failure> {
    let runner = &call.services.runner;
    let database = runner.store.reader.results(0).await.is_ok();
    let disk = runner.store.why_full().await.is_none();
    let ffmpeg = tokio::fs::metadata(&runner.tools.ffmpeg).await.is_ok();
    let is_ready = database && disk && ffmpeg;
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let said = if is_ready { "ready" } else { "not ready" };
    Ok(answer::json(status, &Readiness { status: said, database, disk, ffmpeg }))
}

/// The server, for those who may use it.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct System {
    version: &'static str,
    /// Of the messages between server and clients.
    protocol: u32,
    ffmpeg_version: String,
    encoders: BTreeSet<String>,
    /// Null where the system does not tell.
    free_disk_bytes: Option<u64>,
    uptime_seconds: u64,
    required_clients: u32,
    chunk_bytes: u64,
    /// Null: as much as the disk holds.
    upload_bytes_max: Option<u64>,
    /// What one submitter may have here.
    quota_bytes: Option<u64>,
    jobs_open_max: Option<u64>,
}

pub(in crate::http) async fn system(call: Call) -> Result<Response, Failure> {
    let (runner, owner) = (&call.services.runner, call.principal()?.owner());
    let limits = &runner.settings.limits;
    let system = System {
        version: env!("CARGO_PKG_VERSION"),
        protocol: PROTOCOL,
        ffmpeg_version: runner.tools.version.clone(),
        encoders: runner.tools.capabilities.encoders.clone(),
        free_disk_bytes: runner.store.free_disk().await,
        uptime_seconds: call.services.started.elapsed().as_secs(),
        required_clients: runner.settings.required_clients,
        chunk_bytes: runner.settings.chunk_bytes,
        upload_bytes_max: limits.upload_max,
        quota_bytes: limits.quota,
        jobs_open_max: limits.jobs_max_of(owner),
    };
    Ok(answer::json(StatusCode::OK, &system))
}

pub(in crate::http) fn refusals(call: &Call) -> Result<Response, Failure> {
    Ok(answer::json(StatusCode::OK, &call.services.refusals.counts()))
}
