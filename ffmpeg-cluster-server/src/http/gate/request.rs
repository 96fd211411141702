//! One request: who the caller is, whether the caller may ask, and then a handler's answer or a WebSocket.

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
use tracing::Instrument;
use warp::http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use warp::reply::Response;

use super::Gate;
use super::judge;
use super::paced::PacedBody;
use super::side::Side;
use crate::access::{Principal, Who};
use crate::http::problem::{self, RequestId};
use crate::http::refusal::Refusal;
use crate::http::resources::commands;
use crate::http::routes::{Asker, Does, Found, Routed};
use crate::http::sessions::session;
use crate::http::socket::{self, Socket};

/// A request that waits this long for memory is told to come again.
const ROOM_WITHIN: Duration = Duration::from_secs(20);
/// On every answer: no browser may guess another type, and no foreign page may embed it.
const ALWAYS: [(HeaderName, &str); 2] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

pub(super) async fn answer(
    gate: Gate,
    side: Arc<Side>,
    request: Request<Incoming>,
) -> Result<
    warp::http::Response<HeldBody<impl Body<Data = bytes::Bytes, Error = impl Into<BoxError>>>>,
    Infallible,
> {
    let (from, path) = (side.theirs.ip(), request.uri().path().to_owned());
    let asked = RequestId::of(request.headers());
    let found = Found::of(request.method(), &path);
    let admitted = admit(&gate, &side, &request, &found).await;
    side.is_of(admitted.as_ref().ok().and_then(Option::as_ref).map(|principal| &principal.who));
    let span = tracing::info_span!("request", id = %asked);
    let (answer, room) = match admitted {
        Ok(principal) => served(&gate, side, request, Routed { found, principal }).instrument(span).await,
        Err(refusal) => (Err(refusal), None),
    };
    let answer = answer.unwrap_or_else(|refusal| {
        gate.services.refusals.note(&refusal, from);
        refusal.answer()
    });
    tracing::debug!(request = %asked, %from, path, status = answer.status().as_u16(), "answered");
    let mut answer = problem::tell(answer, &path, &asked);
    for (name, value) in ALWAYS {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(answer.map(|body| HeldBody { body, _room: room }))
}

/// The caller, if the caller may ask; None for an unknown caller at an address open to anybody.
async fn admit(
    gate: &Gate,
    side: &Side,
    request: &Request<Incoming>,
    found: &Found,
) -> Result<Option<Principal>, Refusal> {
    judge::check_page(request.method(), found, request.headers())?;
    let wanted = found.who();
    let is_open = gate.services.runner.settings.insecure_lan;
    if !side.is_secure && !side.is_here() && !is_open {
        return Err(Refusal::TlsWanted);
    }
    let principal = match (principal(gate, side, request.headers()).await, wanted) {
        (Ok(principal), _) => principal,
        (Err(_), Asker::Anybody) => return Ok(None),
        (Err(refusal), Asker::Known | Asker::Only(_)) => return Err(refusal),
    };
    if principal.who == Who::Trusted {
        gate.names.check(request.uri(), request.headers())?;
    }
    match wanted {
        Asker::Only(role) if !principal.may(role) => Err(Refusal::Role(role)),
        Asker::Only(_) | Asker::Known | Asker::Anybody => Ok(Some(principal)),
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

/// A WebSocket, or the answer of the row's handler.
async fn served(gate: &Gate, side: Arc<Side>, request: Request<Incoming>, routed: Routed) -> Answered {
    if routed.principal.is_some() {
        side.place.known();
    }
    let does = match &routed.found {
        Found::Row { route, .. } => Some(route.does),
        Found::OtherMethods { .. } | Found::Nowhere => None,
    };
    match (does, routed.principal.clone()) {
        (Some(Does::Client), Some(principal)) => (client(gate, side, request, principal), None),
        (Some(Does::Commands), Some(principal)) => (commands(gate, side, request, principal), None),
        _ => handled(gate, request, routed).await,
    }
}

/// Reserves memory for the request's bytes, and frees it when the answer is sent.
async fn handled(gate: &Gate, mut request: Request<Incoming>, routed: Routed) -> Answered {
    let held = routed.held_bytes(request.headers(), gate.services.runner.settings.chunk_bytes);
    request.extensions_mut().insert(routed);
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

/// The WebSocket of a client. Its session watches the token itself, so that it can send a last message.
fn client(
    gate: &Gate,
    side: Arc<Side>,
    request: Request<Incoming>,
    principal: Principal,
) -> Result<Response, Refusal> {
    let services = gate.services.clone();
    let wanted = Upgrade { request, seats: &gate.clients, message_max: MESSAGE_BYTES_MAX };
    wanted.start(gate, side, |socket| session::run(socket, services, principal))
}

/// A WebSocket for commands.
fn commands(
    gate: &Gate,
    side: Arc<Side>,
    request: Request<Incoming>,
    principal: Principal,
) -> Result<Response, Refusal> {
    let services = gate.services.clone();
    let message_max = usize::try_from(COMMAND_BYTES_MAX).unwrap_or(usize::MAX);
    let wanted = Upgrade { request, seats: &gate.commanders, message_max };
    wanted.start(gate, side, async move |socket| {
        let (tokens, who) = (services.tokens.clone(), principal.who.clone());
        tokio::select! {
            () = commands::talk(socket, services, principal) => {}
            () = tokens.revoked(&who) => {}
        }
    })
}

/// A request that becomes a WebSocket.
struct Upgrade<'a> {
    request: Request<Incoming>,
    seats: &'a Arc<Semaphore>,
    message_max: usize,
}

impl Upgrade<'_> {
    fn start<F: Future<Output = ()> + Send>(
        self,
        gate: &Gate,
        side: Arc<Side>,
        talk: impl FnOnce(Socket) -> F + Send + 'static,
    ) -> Result<Response, Refusal> {
        let Self { mut request, seats, message_max } = self;
        let key = socket::accept_key(request.method(), request.headers()).ok_or(Refusal::NoWebSocket)?;
        let seat = Semaphore::try_acquire_owned(seats.clone()).map_err(|_| Refusal::TooManyClients)?;
        drop(gate.connections.spawn("socket", async move {
            let _held = (side, seat);
            if let Some(socket) = socket::finish(&mut request, message_max).await {
                talk(socket).await;
            }
        }));
        Ok(socket::switching(key))
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// An answer's body, and the memory reserved for it.
#[derive(Debug)]
pub(super) struct HeldBody<B> {
    body: B,
    _room: Option<OwnedSemaphorePermit>,
}

impl<B: Body + Unpin> Body for HeldBody<B> {
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
