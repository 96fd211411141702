//! Doors for people and scripts: commands over HTTP and WebSocket, jobs, results, health. The client's link and the byte plane have
//! rooms of their own.

mod answer;
pub(crate) mod command;
mod releases;
mod result;
mod sending;
mod status;

use std::convert::Infallible;

use ffmpeg_cluster_common::limits::COMMAND_BYTES_MAX;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use serde_json::json;
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, Method, StatusCode};
use warp::reply::Response;
use warp::{Filter, Rejection};

pub(crate) use self::answer::{error, status_of};
use crate::access::Principal;
use crate::http::Services;
use crate::http::bytes;

pub(crate) fn routes(services: Services) -> BoxedFilter<(Response,)> {
    let with = {
        let services = services.clone();
        warp::any().map(move || services.clone())
    };
    let post = warp::path!("ws" / "command")
        .and(warp::post())
        .and(warp::header::headers_cloned())
        .and(warp::ext::get::<Principal>())
        .and(warp::body::content_length_limit(COMMAND_BYTES_MAX))
        .and(warp::body::bytes())
        .and(with.clone())
        .then(command::post);
    let who = warp::ext::get::<Principal>;
    let jobs =
        warp::path!("api" / "v1" / "jobs").and(warp::get()).and(with.clone()).and(who()).then(status::jobs);
    let job = warp::path!("api" / "v1" / "jobs" / String)
        .and(warp::get())
        .and(with.clone())
        .and(who())
        .then(status::job);
    let clients = warp::path!("api" / "v1" / "clients")
        .and(warp::get())
        .and(with.clone())
        .and(who())
        .map(status::clients);
    let explain = warp::path!("api" / "v1" / "jobs" / String / "explain")
        .and(warp::get())
        .and(with.clone())
        .and(who())
        .then(status::explain);
    let result = warp::path!("api" / "v1" / "jobs" / String / "result")
        .and(warp::method())
        .and(warp::header::headers_cloned())
        .and(with.clone())
        .and(who())
        .then(result::serve);
    let releases =
        warp::path!("api" / "v1" / "releases").and(warp::get()).and(with.clone()).then(releases::list);
    let release = warp::path!("api" / "v1" / "releases" / String)
        .and(warp::method())
        .and(warp::header::headers_cloned())
        .and(with.clone())
        .then(|name: String, method: Method, headers: HeaderMap, services: Services| async move {
            releases::serve(&name, &method, &headers, &services).await
        });
    let refusals = warp::path!("api" / "v1" / "refusals")
        .and(warp::get())
        .and(with)
        .map(|services: Services| answer::json(StatusCode::OK, &services.refusals.counts()));
    let health = warp::path!("healthz").and(warp::get()).and(warp::ext::optional::<Principal>()).map(health);
    let people = post.or(refusals).unify().or(jobs).unify().or(job).unify().or(clients).unify();
    let people = people
        .or(releases)
        .unify()
        .or(release)
        .unify()
        .or(explain)
        .unify()
        .or(result)
        .unify()
        .or(health)
        .unify();
    people.or(bytes::routes(services)).unify().recover(refuse).unify().boxed()
}

/// Which release it is concerns only those who may use it.
fn health(principal: Option<Principal>) -> Response {
    let version = principal.map(|_| env!("CARGO_PKG_VERSION"));
    let body = version.map_or(json!({"status": "ok"}), |version| json!({"status": "ok", "version": version}));
    answer::json(StatusCode::OK, &body)
}

/// What no door took, as a typed error.
async fn refuse(why: Rejection) -> Result<Response, Infallible> {
    let (code, status, message) = if why.find::<warp::reject::PayloadTooLarge>().is_some() {
        (
            ErrorCode::TooLarge,
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("a command has at most {COMMAND_BYTES_MAX} bytes"),
        )
    } else if why.find::<warp::reject::LengthRequired>().is_some() {
        (
            ErrorCode::InvalidRequest,
            StatusCode::BAD_REQUEST,
            "a body with a Content-Length is wanted".to_owned(),
        )
    } else if why.is_not_found() {
        (ErrorCode::InvalidRequest, StatusCode::NOT_FOUND, "there is nothing at this address".to_owned())
    } else if why.find::<warp::reject::MethodNotAllowed>().is_some() {
        (
            ErrorCode::InvalidRequest,
            StatusCode::METHOD_NOT_ALLOWED,
            "this address does not take that method".to_owned(),
        )
    } else {
        (ErrorCode::InvalidRequest, StatusCode::BAD_REQUEST, "the request was not understood".to_owned())
    };
    Ok(error(status, code, message))
}
