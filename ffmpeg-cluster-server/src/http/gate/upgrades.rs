//! Requests that become WebSockets.

use std::sync::Arc;

use ffmpeg_cluster_common::limits::{COMMAND_BYTES_MAX, MESSAGE_BYTES_MAX};
use hyper::body::Incoming;
use tokio::sync::Semaphore;
use warp::http::Request;
use warp::reply::Response;

use super::side::Side;
use super::{Gate, judge};
use crate::access::{Principal, Who};
use crate::http::Services;
use crate::http::query::Query;
use crate::http::refusal::Refusal;
use crate::http::resources::{commands, events};
use crate::http::sessions::session;
use crate::http::socket::{self, Socket};

/// The WebSocket of a client. Its session watches the token itself, so that it can send a last message.
pub(super) fn client(
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
pub(super) fn commands(
    gate: &Gate,
    side: Arc<Side>,
    request: Request<Incoming>,
    principal: Principal,
) -> Result<Response, Refusal> {
    let services = gate.services.clone();
    let message_max = usize::try_from(COMMAND_BYTES_MAX).unwrap_or(usize::MAX);
    let stay = Stay::of(gate, &side, &request, &principal);
    let wanted = Upgrade { request, seats: &gate.commanders, message_max };
    wanted.start(gate, side, async move |socket| {
        tokio::select! {
            () = commands::talk(socket, services, principal) => {}
            () = stay.ended() => {}
        }
    })
}

pub(super) fn wants_socket(request: &Request<Incoming>) -> bool {
    socket::accept_key(request.method(), request.headers()).is_some()
}

/// A WebSocket for a watcher of events.
pub(super) async fn watch(
    gate: &Gate,
    side: Arc<Side>,
    request: Request<Incoming>,
    principal: Principal,
) -> Result<Response, Refusal> {
    let services = gate.services.clone();
    let query = Query::read(request.uri().query().unwrap_or_default(), events::PARAMETERS);
    let begun = match query {
        Ok(query) => events::begin(&services, &principal, &query, request.headers()).await,
        Err(problem) => Err(problem.into()),
    };
    let watcher = match begun {
        Ok(watcher) => watcher,
        Err(failure) => return Ok(failure.answer()),
    };
    let stay = Stay::of(gate, &side, &request, &principal);
    let wanted = Upgrade { request, seats: &gate.services.watchers, message_max: MESSAGE_BYTES_MAX };
    wanted.start(gate, side, async move |socket| {
        tokio::select! {
            () = events::talk(socket, services, principal, watcher) => {}
            () = stay.ended() => {}
        }
    })
}

/// The right of a caller to a WebSocket, which may end before the WebSocket does.
struct Stay {
    services: Services,
    who: Who,
    /// What the browser showed, if the caller is one that signed in.
    cookie: Option<String>,
}

impl Stay {
    fn of(gate: &Gate, side: &Side, request: &Request<Incoming>, principal: &Principal) -> Self {
        let headers = request.headers();
        let shown = judge::bearer(headers).is_none() && principal.who != Who::Trusted;
        let cookie = gate.cookies.of(side).read(headers).filter(|_| shown).map(str::to_owned);
        Self { services: gate.services.clone(), who: principal.who.clone(), cookie }
    }

    /// Completes when the token is revoked, or the browser is signed out.
    async fn ended(&self) {
        let signed_out = async {
            match &self.cookie {
                Some(cookie) => self.services.sign_ins.signed_out(cookie).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = self.services.tokens.revoked(&self.who) => {}
            () = signed_out => {}
        }
    }
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
