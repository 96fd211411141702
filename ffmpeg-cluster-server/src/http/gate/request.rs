//! One request: who asks, whether that one may, and then either a handler's answer or a WebSocket.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use ffmpeg_cluster_common::limits::{COMMAND_BYTES_MAX, MESSAGE_BYTES_MAX};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use warp::http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use warp::reply::Response;

use super::Gate;
use super::connection::Side;
use super::judge::{self, CLIENTS, COMMANDS};
use super::paced::PacedBody;
use super::refusal::Refusal;
use super::upgrade;
use crate::access::{Principal, Who};
use crate::http::{api, link};

/// Whose bytes find no room for so long is told to come again.
const ROOM_WITHIN: Duration = Duration::from_secs(20);
/// What no answer of ours is for: being taken for another type, or being part of somebody's page.
const ALWAYS: [(HeaderName, &str); 2] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

pub(super) async fn answer(
    gate: Gate,
    side: Arc<Side>,
    mut request: Request<Incoming>,
) -> Result<warp::http::Response<Held<impl Body<Data = bytes::Bytes, Error = impl Into<BoxError>>>>, Infallible>
{
    let from = side.theirs.ip();
    let admitted = admit(&gate, &side, &request).await;
    side.is_of(admitted.as_ref().ok().and_then(Option::as_ref).map(|principal| &principal.who));
    let (answer, room) = match admitted {
        Ok(None) => services(&gate, request).await,
        Ok(Some(principal)) => {
            let is_socket = request.headers().contains_key(header::UPGRADE);
            side.place.known();
            request.extensions_mut().insert(principal.clone());
            match request.uri().path() {
                CLIENTS => (upgrade(&gate, side, request, principal), None),
                COMMANDS if is_socket => (upgrade(&gate, side, request, principal), None),
                _ => services(&gate, request).await,
            }
        }
        Err(refusal) => (Err(refusal), None),
    };
    let mut answer = answer.unwrap_or_else(|refusal| {
        gate.services.refusals.note(&refusal, from);
        refusal.answer()
    });
    for (name, value) in ALWAYS {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(answer.map(|body| Held { body, _room: room }))
}

/// Who asks, if that one may; nobody in particular for what anybody may ask.
async fn admit(gate: &Gate, side: &Side, request: &Request<Incoming>) -> Result<Option<Principal>, Refusal> {
    let path = request.uri().path();
    judge::check_page(request.method(), path, request.headers())?;
    let wanted = judge::wanted(path);
    let is_open = gate.services.runner.settings.insecure_lan;
    if !side.is_secure && !side.is_here() && !is_open {
        return Err(Refusal::TlsWanted);
    }
    let principal = match (principal(gate, side, request.headers()).await, wanted) {
        (Ok(principal), _) => principal,
        (Err(_), None) => return Ok(None),
        (Err(refusal), Some(_)) => return Err(refusal),
    };
    if principal.who == Who::Trusted {
        gate.names.check(request.uri(), request.headers())?;
    }
    match wanted {
        Some(role) if !principal.may(role) => Err(Refusal::Role(role)),
        Some(_) | None => Ok(Some(principal)),
    }
}

async fn principal(gate: &Gate, side: &Side, headers: &HeaderMap) -> Result<Principal, Refusal> {
    let from = side.theirs.ip();
    let trusted = Principal { who: Who::Trusted, from };
    if let Some(token) = judge::bearer(headers) {
        return gate.services.tokens.check(token, from).await.ok_or(Refusal::TokenUnknown);
    }
    let settings = &gate.services.runner.settings;
    let is_near = || side.is_here() && !settings.no_local_trust;
    if settings.insecure_lan || (is_near() && side.is_same_user(gate).await) {
        return Ok(trusted);
    }
    Err(Refusal::TokenWanted)
}

type Answered = (Result<Response, Refusal>, Option<OwnedSemaphorePermit>);

/// With room for its bytes, which is given back when the answer has left.
async fn services(gate: &Gate, request: Request<Incoming>) -> Answered {
    let chunk_bytes = gate.services.runner.settings.chunk_bytes;
    let held = judge::held_bytes(request.method(), request.uri().path(), request.headers(), chunk_bytes);
    let kib = u32::try_from(held.div_ceil(1024)).unwrap_or(u32::MAX);
    let waiting = gate.held.clone().acquire_many_owned(kib);
    let Ok(Ok(room)) = tokio::time::timeout(ROOM_WITHIN, waiting).await else {
        return (Err(Refusal::Full), None);
    };
    let handlers = TowerToHyperService::new(warp::service(gate.handlers.clone()));
    let answer = match handlers.call(request.map(PacedBody::new)).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    (Ok(answer), Some(room))
}

fn upgrade(
    gate: &Gate,
    side: Arc<Side>,
    mut request: Request<Incoming>,
    principal: Principal,
) -> Result<Response, Refusal> {
    let key = upgrade::accept_key(request.method(), request.headers()).ok_or(Refusal::NoWebSocket)?;
    let is_client = request.uri().path() == CLIENTS;
    let (seats, message_max) = if is_client {
        (&gate.clients, MESSAGE_BYTES_MAX)
    } else {
        (&gate.commanders, usize::try_from(COMMAND_BYTES_MAX).unwrap_or(usize::MAX))
    };
    let seat = Semaphore::try_acquire_owned(seats.clone()).map_err(|_| Refusal::TooManyClients)?;
    let services = gate.services.clone();
    drop(gate.doors.spawn("socket", async move {
        let _held = (side, seat);
        let Some(socket) = upgrade::finish(&mut request, message_max).await else { return };
        if is_client {
            link::session::run(socket, services, principal).await;
        } else {
            let (tokens, who) = (services.tokens.clone(), principal.who.clone());
            tokio::select! {
                () = api::command::talk(socket, services, principal) => {}
                () = tokens.revoked(&who) => {}
            }
        }
    }));
    Ok(upgrade::switching(key))
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An answer's body, and the room it takes.
#[derive(Debug)]
pub(super) struct Held<B> {
    body: B,
    _room: Option<OwnedSemaphorePermit>,
}

impl<B: Body + Unpin> Body for Held<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }
    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
