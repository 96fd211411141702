//! Answers `GET` and `HEAD` with ranges, for each reader under its own key. [`super::admit`] admits the callers.

use std::sync::Arc;

use bytes::Bytes;
use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::io::ranges::Ranged;
use ffmpeg_cluster_common::io::spawn::Background;
use tokio::sync::mpsc;
use warp::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use warp::http::{Method, StatusCode};
use warp::reply::{Reply, Response};
use warp::{Filter, Rejection};

use super::{OpenReaders, Reading};

/// Chunks fetched ahead of where a decoder reads: enough to hide a round trip, not enough to flood a slow line.
const AHEAD_CHUNKS: u64 = 3;

pub(super) fn routes(
    readers: Arc<OpenReaders>,
    background: Background,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    warp::path!(String).and(warp::method()).and(warp::header::optional::<String>("range")).map(
        move |key: String, method: Method, range: Option<String>| {
            let Some(reading) = readers.find(&Secret::new(key)) else {
                return StatusCode::NOT_FOUND.into_response();
            };
            answer(reading, &method, range.as_deref(), &background)
        },
    )
}

fn answer(reading: Arc<Reading>, method: &Method, range: Option<&str>, background: &Background) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let Ranged { status, bytes, content_range } = Ranged::of(range, reading.source.bytes());
    let count = bytes.end - bytes.start;
    let mut response = if method == Method::HEAD || count == 0 {
        warp::reply().into_response()
    } else {
        stream(reading, bytes.start, bytes.end, background)
    };
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(ACCEPT_RANGES, "bytes".parse().expect("a plain word is a header"));
    headers.insert(CONTENT_TYPE, "application/octet-stream".parse().expect("a plain word is a header"));
    headers.insert(CONTENT_LENGTH, count.into());
    if let Some(told) = content_range {
        headers.insert(CONTENT_RANGE, told.parse().expect("numbers are a header"));
    }
    response
}

fn stream(reading: Arc<Reading>, start: u64, end: u64, background: &Background) -> Response {
    let (feed, mut fed) = mpsc::channel(1);
    drop(background.spawn("feed", async move {
        tokio::select! {
            // ffmpeg closes the connection at each seek. Stop fetching for a closed connection.
            () = feed.closed() => {}
            () = reading.ended.cancelled() => {}
            () = give(&reading, start, end, &feed) => {}
        }
    }));
    warp::reply::stream(futures_util::stream::poll_fn(move |context| fed.poll_recv(context))).into_response()
}

async fn give(reading: &Reading, start: u64, end: u64, feed: &mpsc::Sender<Result<Bytes, Unreadable>>) {
    let chunk_bytes = reading.source.chunk_bytes();
    let mut at = start;
    while at < end {
        let number = at / chunk_bytes;
        reading.source.ahead(number + 1, AHEAD_CHUNKS);
        let waiting = reading.wait();
        let chunk = reading.source.chunk(number).await.map_err(Unreadable);
        drop(waiting);
        let from = (at - number * chunk_bytes) as usize;
        let until = (end - number * chunk_bytes).min(chunk_bytes) as usize;
        let part = chunk.map(|chunk| chunk.slice(from..until.min(chunk.len())));
        let length = part.as_ref().map_or(0, |part| part.len() as u64);
        if feed.send(part).await.is_err() || length == 0 {
            return;
        }
        at += length;
        reading.served(at, length);
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{}", .0.message)]
struct Unreadable(Fault);
