//! One request: who the caller is, whether the caller may ask, and then a handler's answer or a WebSocket.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use tokio::sync::OwnedSemaphorePermit;
use tracing::Instrument;
use warp::http::{HeaderName, HeaderValue, Request, header};
use warp::reply::Response;

use super::Gate;
use super::judge;
use super::measured::{Carries, Measured};
use super::paced::PacedBody;
use super::side::Side;
use super::upgrades;
use crate::access::{Principal, Who};
use crate::core::metrics::counts::{Counts, Word};
use crate::core::metrics::names;
use crate::http::problem::{self, RequestId};
use crate::http::refusal::Refusal;
use crate::http::routes::{Asker, Does, Found, Routed};

/// A request that waits this long for memory is told to come again.
const ROOM_WITHIN: Duration = Duration::from_secs(20);
/// On every answer that does not say otherwise: no browser may guess another type, and no foreign page may embed it.
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
    let (counts, began) = (gate.services.core.counts.clone(), Instant::now());
    let asked = RequestId::of(request.headers());
    let found = Found::of(request.method(), &path);
    let (endpoint, carries) = (Endpoint::of(&found), Carries::of(&counts, &found, request.method()));
    let admitted = admit(&gate, &side, &request, &found).await;
    side.is_of(admitted.as_ref().ok().and_then(Option::as_ref).map(|principal| &principal.who));
    let span = tracing::info_span!("request", id = %asked);
    let (answer, room) = match admitted {
        Ok(principal) => {
            let routed = Routed { found, principal, caller: gate.caller(&side) };
            served(&gate, side, request, routed).instrument(span).await
        }
        Err(refusal) => (Err(refusal), None),
    };
    let answer = answer.unwrap_or_else(|refusal| {
        gate.services.refusals.note(&refusal, from);
        refusal.answer()
    });
    endpoint.count(&counts, answer.status().as_u16(), began.elapsed());
    tracing::debug!(request = %asked, %from, path, status = answer.status().as_u16(), "answered");
    let mut answer = problem::tell(answer, &path, &asked);
    for (name, value) in ALWAYS {
        answer.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    let carries = carries.and_then(|carries| carries.only("out"));
    Ok(answer.map(|body| HeldBody { body: Measured { body, carries }, _room: room }))
}

/// Where a request went, for counting: an address of the table, so that no caller makes up new ones.
struct Endpoint {
    path: &'static str,
    method: Word,
}

impl Endpoint {
    fn of(found: &Found) -> Self {
        match found {
            Found::Row { route, .. } => {
                Self { path: route.path, method: route.method.as_str().to_owned().into() }
            }
            Found::OtherMethods { .. } | Found::Nowhere => Self { path: "none", method: "other".into() },
        }
    }

    fn count(self, counts: &Counts, status: u16, took: Duration) {
        let Self { path, method } = self;
        counts.took(&names::REQUEST_TIME, vec![path.into()], took);
        counts.add(&names::REQUESTS, vec![path.into(), method, status.to_string().into()], 1);
    }
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
        return Err(judge::over_tls(found, request.headers()));
    }
    if found.is_for_all_pages() {
        // The address itself is the key, whatever name it is reached by; a token beside it changes nothing.
        return Ok(None);
    }
    let principal = match (principal(gate, side, request).await, wanted) {
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

async fn principal(gate: &Gate, side: &Side, request: &Request<Incoming>) -> Result<Principal, Refusal> {
    let (from, headers) = (side.theirs.ip(), request.headers());
    let trusted = Principal { who: Who::Trusted, from };
    if let Some(token) = judge::bearer(headers) {
        return gate.services.tokens.check(token, from).await.ok_or(Refusal::TokenUnknown);
    }
    let settings = &gate.services.runner.settings;
    let is_near = || side.is_here() && !settings.no_local_trust;
    if settings.insecure_lan || (is_near() && side.is_same_user(gate).await) {
        return Ok(trusted);
    }
    let Some(cookie) = gate.cookies.of(side).read(headers) else { return Err(Refusal::TokenWanted) };
    judge::check_cookie(request.method(), headers)?;
    gate.services.sign_ins.check(cookie, from).await.ok_or(Refusal::SignInWanted)
}

type Answered = (Result<Response, Refusal>, Option<OwnedSemaphorePermit>);

/// A WebSocket, or the answer of the row's handler.
async fn served(gate: &Gate, side: Arc<Side>, request: Request<Incoming>, routed: Routed) -> Answered {
    if routed.principal.is_some() {
        side.place.known();
    }
    match (routed.found.does(), routed.principal.clone()) {
        (Some(Does::Client), Some(principal)) => (upgrades::client(gate, side, request, principal), None),
        (Some(Does::Commands), Some(principal)) => (upgrades::commands(gate, side, request, principal), None),
        (Some(Does::Watch), Some(principal)) if upgrades::wants_socket(&request) => {
            (upgrades::watch(gate, side, request, principal).await, None)
        }
        _ => handled(gate, request, routed).await,
    }
}

/// Reserves memory for the request's bytes, and frees it when the answer is sent.
async fn handled(gate: &Gate, mut request: Request<Incoming>, routed: Routed) -> Answered {
    let carries = Carries::of(&gate.services.core.counts, &routed.found, request.method());
    let carries = carries.and_then(|carries| carries.only("in"));
    let held = routed.held_bytes(request.headers(), gate.services.runner.settings.chunk_bytes);
    request.extensions_mut().insert(routed);
    let kib = u32::try_from(held.div_ceil(1024)).unwrap_or(u32::MAX);
    let waiting = gate.held.clone().acquire_many_owned(kib);
    let Ok(Ok(room)) = tokio::time::timeout(ROOM_WITHIN, waiting).await else {
        return (Err(Refusal::Full), None);
    };
    let handlers = TowerToHyperService::new(warp::service(gate.handlers.clone()));
    let answer =
        match handlers.call(request.map(|body| Measured { body: PacedBody::new(body), carries })).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
    (Ok(answer), Some(room))
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
