//! The state of the server: health, connected clients, and refusals.

use ffmpeg_cluster_common::protocol::reply::{ClientLine, Reply};
use ffmpeg_cluster_common::text::rfc3339::rfc3339;
use serde_json::json;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::access::Principal;
use crate::http::Services;
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

pub(in crate::http) fn clients(call: &Call) -> Result<Response, Failure> {
    Ok(answer::reply(&clients_list(&call.services, call.principal()?)))
}

/// Only admins learn which jobs the clients work on.
pub(super) fn clients_list(services: &Services, principal: &Principal) -> Reply {
    let (view, tells) = (services.core.view.borrow().clone(), principal.is_admin());
    let lines = view.clients.iter().map(|(id, client)| ClientLine {
        client_id: id.clone(),
        connected_at: rfc3339(client.connected_at),
        current_job: client.current_job.clone().filter(|_| tells),
        performance: client.fps,
        status: client.state,
        name: client.name.clone(),
        machine: client.machine.clone(),
        doing: if tells { client.doing.clone() } else { String::new() },
        set_aside: client.set_aside.clone(),
        strikes: client.strikes,
    });
    Reply::ClientsList(lines.collect())
}
