//! `/api/v1/events`: what happens, as it happens, to browsers and scripts (Server-Sent Events) or as frames of a WebSocket.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};
use std::time::Duration;

use ffmpeg_cluster_common::protocol::command::ErrorCode;
use futures_util::stream::{self, BoxStream};
use futures_util::{SinkExt, Stream, StreamExt};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_util::sync::CancellationToken;
use warp::Reply as _;
use warp::http::{HeaderMap, HeaderValue, Method, header};
use warp::reply::Response;

use super::names;
use super::progress::Progress;
use super::watch::{Asked, Seen, Wanted, Watcher};
use crate::access::Principal;
use crate::admission::failed;
use crate::http::Services;
use crate::http::answer::{Failure, refused};
use crate::http::call::Call;
use crate::http::rate::Rate;
use crate::http::refusal::Refusal;
use crate::http::socket::Socket;

/// A watcher hears at least this often that the connection lives.
const QUIET_MAX: Duration = Duration::from_secs(15);
/// The shortest time between two progress frames.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);
/// How long a browser waits before it comes again.
const RETRY_MS: u32 = 2000;

/// What a request to this address wants to watch.
pub(in crate::http) async fn begin(
    services: &Services,
    principal: &Principal,
    query: &str,
    headers: &HeaderMap,
) -> Result<Watcher, Failure> {
    let invalid = |why: String| refused(ErrorCode::InvalidRequest, why);
    let asked = Asked::read(query).map_err(invalid)?;
    // A browser that comes again asks at the same address, and says here how far it came.
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()).filter(|id| !id.is_empty());
    let after = seen.map(str::parse).transpose().map_err(invalid)?.or(asked.after);
    let job = match &asked.job {
        Some(job) => Some(names::job(services, principal, job).await?.job),
        None => None,
    };
    let owner = principal.sees_only().map(str::to_owned);
    let wanted = Wanted { types: asked.types, job, owner };
    let (live, reader) = (services.runner.store.writer.live().clone(), services.runner.store.reader.clone());
    let watcher = Watcher::begin(live, reader, wanted, after).await;
    watcher.map_err(|error| failed("watching events failed", &error).into())
}

pub(in crate::http) async fn stream(call: Call) -> Result<Response, Failure> {
    let watcher = begin(&call.services, call.principal()?, &call.query, &call.headers).await?;
    let seat = Semaphore::try_acquire_owned(call.services.watchers.clone());
    let seat = seat.map_err(|_| refused(ErrorCode::Busy, "too many watch already; try again later"))?;
    let stop = call.services.runner.background.stop().clone();
    let state = Sse { watcher, stop, has_begun: false, _seat: seat };
    let texts = stream::unfold(state, async |mut state| {
        let text = state.next().await?;
        Some((Ok::<_, Infallible>(text), state))
    });
    let mut answer = if call.method == Method::HEAD {
        warp::reply().into_response()
    } else {
        warp::reply::stream(Unshared(Mutex::new(texts.boxed()))).into_response()
    };
    for (name, value) in [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(answer)
}

/// A stream that is `Sync`, as bodies must be. The lock is never taken.
struct Unshared<T>(Mutex<BoxStream<'static, T>>);

impl<T> Stream for Unshared<T> {
    type Item = T;
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        match self.0.get_mut() {
            Ok(inner) => inner.poll_next_unpin(cx),
            Err(_) => Poll::Ready(None),
        }
    }
}

/// Events as the text of an event stream.
struct Sse {
    watcher: Watcher,
    stop: CancellationToken,
    has_begun: bool,
    _seat: OwnedSemaphorePermit,
}

impl Sse {
    async fn next(&mut self) -> Option<String> {
        if !std::mem::replace(&mut self.has_begun, true) {
            return Some(format!("retry: {RETRY_MS}\nid: {}\n\n", self.watcher.id()));
        }
        let seen = tokio::select! {
            () = self.stop.cancelled() => return None,
            seen = timeout(QUIET_MAX, self.watcher.next()) => seen,
        };
        let Ok(seen) = seen else { return Some(":\n\n".to_owned()) };
        let (kind, data) = told(&self.watcher, seen)?;
        Some(format!("id: {}\nevent: {kind}\ndata: {data}\n\n", self.watcher.id()))
    }
}

/// The type of what was seen, and all of it as JSON. None when there will be no more.
fn told(watcher: &Watcher, seen: anyhow::Result<Option<Seen>>) -> Option<(String, String)> {
    match seen {
        Ok(Some(Seen::Event(row))) => Some((row.kind.clone(), row.json(watcher.boot()))),
        Ok(Some(Seen::Reset(seq))) => {
            let data = json!({ "id": watcher.id(), "seq": seq, "type": "reset" });
            Some(("reset".to_owned(), data.to_string()))
        }
        Ok(None) => None,
        Err(error) => {
            tracing::warn!("a watcher of events is let go: {error:#}");
            None
        }
    }
}

/// The same objects as text frames, and between them what moves.
pub(in crate::http) async fn talk(
    mut socket: Socket,
    services: Services,
    principal: Principal,
    mut watcher: Watcher,
) {
    let stop = services.runner.background.stop().clone();
    let (mut view, mut rate) = (services.core.view.clone(), Rate::new(Instant::now()));
    let mut progress = Progress::of(&watcher.wanted);
    let mut ping = interval_at(Instant::now() + QUIET_MAX, QUIET_MAX);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut due = Instant::now();
    view.mark_changed();
    loop {
        let moved = async {
            sleep_until(due).await;
            view.changed().await
        };
        let said = tokio::select! {
            () = stop.cancelled() => return,
            seen = watcher.next() => match told(&watcher, seen) {
                Some((_, data)) => Some(Message::text(data)),
                None => return,
            },
            moved = moved => {
                if moved.is_err() {
                    return;
                }
                due = Instant::now() + PROGRESS_EVERY;
                let now = view.borrow_and_update().clone();
                progress.changed(&now).map(|data| Message::text(data.to_string()))
            }
            _ = ping.tick() => Some(Message::Ping(Vec::new().into())),
            message = socket.next() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) if !rate.take(Instant::now()) => {
                    return services.refusals.note(&Refusal::Flood, principal.from);
                }
                Some(Ok(_)) => None,
            },
        };
        if let Some(said) = said
            && socket.send(said).await.is_err()
        {
            return;
        }
    }
}
