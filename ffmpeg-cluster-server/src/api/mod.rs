//! Stub until the doors arrive.
use warp::Filter;

use crate::handle::Handle;

pub fn routes(handle: Handle) -> impl Filter<Extract = (impl warp::Reply,), Error = warp::Rejection> + Clone {
    let _ = handle;
    warp::path("healthz").map(|| "ok")
}
