//! The server itself: its health, its commands, what happens, and what it keeps.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ffmpeg_cluster_common::protocol::release::Release;
use warp::reply::Response;

use super::super::told::{get, post};
use super::super::{Does, Route, openapi};
use super::{ADMIN, ANYBODY, COMMAND, NOTHING, ROUTES, SUBMITTER, VIEWER, WORKER};
use crate::http::answer::Failure;
use crate::http::call::Call;
use crate::http::resources::state::{Health, Readiness, System};
use crate::http::resources::stats::Stats;
use crate::http::resources::{commands, events, metrics, releases, state, stats};
use crate::http::tagged::{Tag, tagged};

pub(super) fn rows() -> Vec<Route> {
    vec![
        get("/api/v1/events", VIEWER)
            .socket(Does::Watch)
            .asks(events::PARAMETERS)
            .gives_bytes(200)
            .about("what happens, as it happens: Server-Sent Events, or a WebSocket by Upgrade"),
        get("/healthz", ANYBODY)
            .then(|c| Box::pin(state::health(c)))
            .gives::<Health>(200)
            .gives::<Health>(503)
            .about("`{\"status\":\"ok\"}`, or 503 and `\"disk full\"`; known callers also get the version, and what to do"),
        get("/readyz", ANYBODY)
            .then(|c| Box::pin(state::ready(c)))
            .gives::<Readiness>(200)
            .gives::<Readiness>(503)
            .about("whether database, disk and ffmpeg are ready for a job; 503 if one is not"),
        get("/ws", WORKER).socket(Does::Client).about("the WebSocket of a client"),
        get("/ws/command", SUBMITTER)
            .socket(Does::Commands)
            .about("a WebSocket for commands, each a text frame"),
        post("/ws/command", SUBMITTER)
            .then(|c| Box::pin(commands::post(c)))
            .takes(COMMAND)
            .about("one command, as JSON"),
        get("/api/v1/openapi.json", SUBMITTER)
            .now(document)
            .asks(NOTHING)
            .gives::<BTreeMap<String, serde_json::Value>>(200)
            .tagged()
            .about("this interface as OpenAPI 3.1"),
        get("/api/v1/system", VIEWER)
            .then(|c| Box::pin(state::system(c)))
            .asks(NOTHING)
            .gives::<System>(200)
            .about("versions, ffmpeg's encoders, free disk, the caller's limits"),
    ]
}

pub(super) fn days() -> Vec<Route> {
    vec![
        get("/api/v1/stats", VIEWER)
            .then(|c| Box::pin(stats::stats(c)))
            .asks(stats::PARAMETERS)
            .gives::<Stats>(200)
            .tagged()
            .about("what came of each day: films, frames, bytes, and how long each client encoded"),
    ]
}

/// What the server keeps, and whom it turned away.
pub(super) fn kept() -> Vec<Route> {
    vec![
        get("/metrics", VIEWER).then(|c| Box::pin(metrics::show(c))).gives_text(200).about(
            "what the server measures of itself, for Prometheus; submitters have no use of it, and get 403",
        ),
        get("/api/v1/refusals", ADMIN)
            .now(state::refusals)
            .gives::<BTreeMap<String, u64>>(200)
            .about("refusals since the start, by kind"),
        get("/api/v1/releases", SUBMITTER)
            .then(|c| Box::pin(releases::all(c)))
            .gives::<Vec<Release>>(200)
            .about("the client programs stored here: platform, version, bytes, SHA-256"),
        get("/api/v1/releases/{file}", WORKER)
            .then(|c| Box::pin(releases::send(c)))
            .gives_bytes(200)
            .gives_bytes(206)
            .about("one of them, with ranges"),
    ]
}

fn document(call: &Call) -> Result<Response, Failure> {
    static DOCUMENT: LazyLock<serde_json::Value> = LazyLock::new(|| openapi::document(&ROUTES));
    Ok(tagged(&call.headers, &*DOCUMENT, Tag::Strong))
}
