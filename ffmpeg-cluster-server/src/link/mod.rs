//! One WebSocket for each client on `/ws`: hello, then one reader and one writer with a bounded queue between them
//! and the driver.

mod session;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use ffmpeg_cluster_common::limits::MESSAGE_BYTES_MAX;
use tokio::sync::Semaphore;
use warp::filters::ws::Ws;
use warp::http::{HeaderMap, StatusCode, header};
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::handle::Handle;

/// Clients at a time. Who comes later is told so, and tries again.
const SESSIONS_MAX: usize = 4096;

pub fn route(handle: Handle) -> impl Filter<Extract = (Response,), Error = warp::Rejection> + Clone {
    bounded_route(handle, SESSIONS_MAX)
}

fn bounded_route(
    handle: Handle,
    sessions_max: usize,
) -> impl Filter<Extract = (Response,), Error = warp::Rejection> + Clone {
    let room = Arc::new(Semaphore::new(sessions_max));
    let with = warp::any().map(move || (handle.clone(), room.clone()));
    let headers = warp::header::headers_cloned();
    warp::path("ws").and(warp::path::end()).and(headers).and(warp::ws()).and(with).map(upgrade)
}

fn upgrade(headers: HeaderMap, ws: Ws, (handle, room): (Handle, Arc<Semaphore>)) -> Response {
    // Only a browser says from where it comes, and no client of ours runs in one.
    if headers.contains_key(header::ORIGIN) {
        return refused(StatusCode::FORBIDDEN, "web pages are not served here");
    }
    let Ok(place) = room.try_acquire_owned() else {
        return refused(StatusCode::SERVICE_UNAVAILABLE, "this server has as many clients as it can hold");
    };
    let ws = ws.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    ws.on_upgrade(move |socket| async move {
        session::run(socket, handle).await;
        drop(place);
    })
    .into_response()
}

fn refused(status: StatusCode, message: &'static str) -> Response {
    tracing::warn!(status = status.as_u16(), "a connection to /ws was refused: {message}");
    warp::reply::with_status(message, status).into_response()
}
