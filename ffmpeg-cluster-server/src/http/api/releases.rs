//! Programs for clients: a list, and their zips.

use ffmpeg_cluster_common::protocol::command::ErrorCode;
use warp::http::{HeaderMap, Method, StatusCode};
use warp::reply::Response;

use super::answer::{error, json};
use super::sending;
use crate::http::Services;

pub(super) async fn list(services: Services) -> Response {
    let releases = services.releases.clone();
    let read = services.runner.background.blocking(move || releases.all()).await;
    json(StatusCode::OK, &read.unwrap_or_default())
}

pub(super) async fn serve(name: &str, method: &Method, headers: &HeaderMap, services: &Services) -> Response {
    let none = || {
        let message = format!("there is no release {name:?} here; /api/v1/releases lists those that are");
        error(StatusCode::NOT_FOUND, ErrorCode::FileNotFound, message)
    };
    if method != Method::GET && method != Method::HEAD {
        let message = "releases answer GET and HEAD";
        return error(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::InvalidRequest, message);
    }
    let Some(path) = services.releases.path(name) else { return none() };
    sending::send(&path, name, method, headers).await.unwrap_or_else(|_| none())
}
