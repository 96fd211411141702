//! The state of the server: health and refusals.

use serde_json::json;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::http::answer::{self, Failure};
use crate::http::call::Call;

/// Which release it is, and where its disk is, concerns only those who may use it.
pub(in crate::http) async fn health(call: Call) -> Result<Response, Failure> {
    let full = call.services.runner.store.why_full().await;
    let status = if full.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let mut body = json!({"status": if full.is_some() { "disk full" } else { "ok" }});
    if call.principal.is_some() {
        body["version"] = env!("CARGO_PKG_VERSION").into();
        full.into_iter().for_each(|why| body["message"] = why.into());
    }
    Ok(answer::json(status, &body))
}

pub(in crate::http) fn refusals(call: &Call) -> Result<Response, Failure> {
    Ok(answer::json(StatusCode::OK, &call.services.refusals.counts()))
}
