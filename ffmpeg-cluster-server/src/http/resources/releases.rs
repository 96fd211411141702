//! Programs for clients: the list, and the zip files.

use ffmpeg_cluster_common::protocol::command::ErrorCode;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::http::answer::{Failure, json, refused};
use crate::http::call::Call;
use crate::http::sending;

pub(in crate::http) async fn all(call: Call) -> Result<Response, Failure> {
    let releases = call.services.releases.clone();
    let read = call.services.runner.background.blocking(move || releases.all()).await;
    Ok(json(StatusCode::OK, &read.unwrap_or_default()))
}

pub(in crate::http) async fn send(call: Call) -> Result<Response, Failure> {
    let name = &call.name;
    let none = || {
        let message = format!("there is no release {name:?} here; /api/v1/releases lists the available ones");
        refused(ErrorCode::FileNotFound, message)
    };
    let path = call.services.releases.path(name).ok_or_else(none)?;
    let file = tokio::fs::File::open(path).await.map_err(|_| none())?;
    sending::send(file, name, &call).await.map_err(|_| none())
}
