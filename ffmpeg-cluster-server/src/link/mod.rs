//! One WebSocket for each client on `/ws`: hello, then one reader and one writer with a bounded queue between them
//! and the driver.

mod session;
#[cfg(test)]
mod tests;

use std::convert::Infallible;

use ffmpeg_cluster_common::limits::MESSAGE_BYTES_MAX;
use warp::Filter;
use warp::filters::ws::Ws;

use crate::handle::Handle;

pub fn route(handle: Handle) -> impl Filter<Extract = (impl warp::Reply,), Error = warp::Rejection> + Clone {
    let with_handle = warp::any().map(move || handle.clone());
    warp::path("ws").and(warp::path::end()).and(warp::ws()).and(with_handle).and_then(upgrade)
}

async fn upgrade(ws: Ws, handle: Handle) -> Result<impl warp::Reply, Infallible> {
    let ws = ws.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    Ok(ws.on_upgrade(move |socket| session::run(socket, handle)))
}
