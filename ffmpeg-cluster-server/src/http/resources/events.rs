//! `/api/v1/events`: what happens, as it happens, to browsers and scripts (Server-Sent Events) or as frames of a WebSocket.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use ffmpeg_cluster_common::cluster::view::View;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use futures_util::stream::{self, BoxStream};
use futures_util::{SinkExt, Stream, StreamExt};
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until, timeout};
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
use crate::http::query::{Kind, Parameter, Query};
use crate::http::rate::Rate;
use crate::http::refusal::Refusal;
use crate::http::socket::Socket;

/// A watcher hears at least this often that the connection lives.
const QUIET_MAX: Duration = Duration::from_secs(15);
/// The shortest time between two progress frames.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);
/// How long a browser waits before it comes again.
const RETRY_MS: u32 = 2000;

pub(in crate::http) const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "types",
        kind: Kind::Text,
        about: "only these types, with commas between them; `job.*` is all of jobs",
    },
    Parameter { name: "job", kind: Kind::Text, about: "only what happens to this job" },
    Parameter { name: "after", kind: Kind::Text, about: "the event that was seen last, by its number" },
];

/// What a request to this address wants to watch.
pub(in crate::http) async fn begin(
    services: &Services,
    principal: &Principal,
    query: &Query,
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
    socket: Socket,
    services: Services,
    principal: Principal,
    watcher: Watcher,
) {
    let (progress, mut view) = (Progress::of(&watcher.wanted), services.core.view.clone());
    // The first frame tells how things are now.
    view.mark_changed();
    let mut ping = interval_at(Instant::now() + QUIET_MAX, QUIET_MAX);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (stop, due) = (services.runner.background.stop().clone(), Instant::now());
    let mut frames = Frames { socket, watcher, view, progress, ping, due, rate: Rate::new(due) };
    loop {
        let said = tokio::select! {
            () = stop.cancelled() => return,
            said = frames.next() => said,
        };
        let sent = match said {
            Said::Frame(message) => frames.socket.send(message).await.is_ok(),
            Said::Nothing => true,
            Said::Flood => return services.refusals.note(&Refusal::Flood, principal.from),
            Said::End => false,
        };
        if !sent {
            return;
        }
    }
}

/// The WebSocket of one watcher.
struct Frames {
    socket: Socket,
    watcher: Watcher,
    view: watch::Receiver<Arc<View>>,
    progress: Progress,
    ping: Interval,
    /// When progress may be told again.
    due: Instant,
    rate: Rate,
}

/// What a turn of the loop is to do.
enum Said {
    Frame(Message),
    Nothing,
    Flood,
    End,
}

impl Frames {
    async fn next(&mut self) -> Said {
        let Self { socket, watcher, view, progress, ping, due, rate } = self;
        let moved = async {
            sleep_until(*due).await;
            view.changed().await
        };
        tokio::select! {
            seen = watcher.next() => match told(watcher, seen) {
                Some((_, data)) => Said::Frame(Message::text(data)),
                None => Said::End,
            },
            moved = moved => {
                let now = view.borrow_and_update().clone();
                *due = Instant::now() + PROGRESS_EVERY;
                match (moved, progress.changed(&now)) {
                    (Ok(()), Some(data)) => Said::Frame(Message::text(data.to_string())),
                    (Ok(()), None) => Said::Nothing,
                    (Err(_), _) => Said::End,
                }
            }
            _ = ping.tick() => Said::Frame(Message::Ping(Vec::new().into())),
            message = socket.next() => match message {
                Some(Ok(Message::Close(_)) | Err(_)) | None => Said::End,
                Some(Ok(_)) if rate.take(Instant::now()) => Said::Nothing,
                Some(Ok(_)) => Said::Flood,
            },
        }
    }
}
