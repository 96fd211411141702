//! The connected clients.

use ffmpeg_cluster_common::cluster::view::ClientView;
use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::protocol::command::{ClientState, ErrorCode};
use ffmpeg_cluster_common::protocol::reply::{ClientLine, Reply};
use ffmpeg_cluster_common::text::rfc3339::rfc3339;
use schemars::JsonSchema;
use serde::Serialize;
use warp::reply::Response;

use super::{listed, names};
use crate::access::Principal;
use crate::admission::Refused;
use crate::http::Services;
use crate::http::answer::Failure;
use crate::http::call::Call;
use crate::http::cursor;
use crate::http::query::{Kind, Parameter};
use crate::http::tagged::{Tag, tagged};

const ORDER: &str = "id";

pub(in crate::http) const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "state",
        kind: Kind::SomeOf(&["Connected", "Benchmarking", "Processing", "Idle", "Disconnected"]),
        about: "only clients in one of these states",
    },
    Parameter { name: "q", kind: Kind::Text, about: "only clients with this text in their name" },
    listed::LIMIT,
    listed::CURSOR,
];

/// A page of the connected clients, by their identities.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct ClientPage {
    items: Vec<ClientLine>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
    /// Clients on all pages.
    total: u64,
}

pub(in crate::http) fn all(call: &Call) -> Result<Response, Failure> {
    let query = &call.query;
    let states: Vec<ClientState> = query.some("state");
    let name = query.text("q").map(str::to_lowercase);
    let after = query.text("cursor").map(|text| cursor::read::<ClientId>(text, ORDER)).transpose()?;
    let mut fitting = lines(&call.services, call.principal()?);
    fitting.retain(|line| states.is_empty() || states.contains(&line.status));
    fitting.retain(|line| name.as_ref().is_none_or(|part| line.name.to_lowercase().contains(part)));
    let total = fitting.len() as u64;
    fitting.retain(|line| after.as_ref().is_none_or(|after| line.client_id > *after));
    let limit = listed::limit(query);
    let is_last = fitting.len() <= limit;
    fitting.truncate(limit);
    let last = fitting.last().filter(|_| !is_last);
    let next = last.map(|line| cursor::write(ORDER, &line.client_id));
    let page = ClientPage { items: fitting, next, total };
    Ok(listed::linked(tagged(&call.headers, &page, Tag::Weak), call, page.next.as_deref()))
}

pub(in crate::http) fn one(call: &Call) -> Result<Response, Failure> {
    let id = names::client(&call.services, &call.name)?;
    let view = call.services.core.view.borrow().clone();
    let none = || Refused::new(ErrorCode::ClientNotFound, "there is no client with this ID");
    let client = view.clients.get(&id).ok_or_else(none)?;
    Ok(tagged(&call.headers, &line(&id, client, call.principal()?), Tag::Strong))
}

pub(super) fn clients_list(services: &Services, principal: &Principal) -> Reply {
    Reply::ClientsList(lines(services, principal))
}

fn lines(services: &Services, principal: &Principal) -> Vec<ClientLine> {
    let view = services.core.view.borrow().clone();
    view.clients.iter().map(|(id, client)| line(id, client, principal)).collect()
}

/// Only admins learn which jobs the clients work on.
fn line(id: &ClientId, client: &ClientView, principal: &Principal) -> ClientLine {
    let tells = principal.sees_only().is_none();
    ClientLine {
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
    }
}
