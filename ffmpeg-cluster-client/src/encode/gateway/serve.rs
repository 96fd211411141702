//! Answers `GET` and `HEAD` with ranges, for each reader under its own key. [`super::door`] admits the callers.

use std::sync::Arc;

use bytes::Bytes;
use ffmpeg_cluster_common::access::secret::Secret;
use ffmpeg_cluster_common::fault::Fault;
use ffmpeg_cluster_common::io::spawn::Background;
use tokio::sync::mpsc;
use warp::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE};
use warp::http::{Method, StatusCode};
use warp::reply::{Reply, Response};
use warp::{Filter, Rejection};

use super::{Doors, Reading};

/// Chunks fetched ahead of where a decoder reads: enough to hide a round trip, not enough to flood a slow line.
const AHEAD_CHUNKS: u64 = 3;

pub(super) fn routes(
    doors: Arc<Doors>,
    background: Background,
) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    warp::path!(String).and(warp::method()).and(warp::header::optional::<String>("range")).map(
        move |key: String, method: Method, range: Option<String>| {
            let Some(reading) = doors.find(&Secret::new(key)) else {
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
    let total = reading.source.bytes();
    let asked = match range.map(|text| Asked::parse(text, total)) {
        None | Some(Asked::Whole) => Asked::Whole,
        Some(Asked::Nothing) => {
            let reply = warp::reply::with_header(
                StatusCode::RANGE_NOT_SATISFIABLE,
                CONTENT_RANGE,
                format!("bytes */{total}"),
            );
            return reply.into_response();
        }
        Some(Asked::Part(start, end)) => Asked::Part(start, end),
    };
    let (start, end, status) = match asked {
        Asked::Part(start, end) => (start, end, StatusCode::PARTIAL_CONTENT),
        Asked::Whole | Asked::Nothing => (0, total, StatusCode::OK),
    };
    let mut response = if method == Method::HEAD || start == end {
        warp::reply().into_response()
    } else {
        stream(reading, start, end, background)
    };
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(ACCEPT_RANGES, "bytes".parse().expect("a plain word is a header"));
    headers.insert(CONTENT_TYPE, "application/octet-stream".parse().expect("a plain word is a header"));
    headers.insert(CONTENT_LENGTH, (end - start).into());
    if status == StatusCode::PARTIAL_CONTENT {
        let told = format!("bytes {start}-{}/{total}", end - 1);
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

/// What a `Range` header asks for.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// Several ranges, or another unit: the whole source is a correct answer.
    Whole,
    Part(u64, u64),
    Nothing,
}

impl Asked {
    fn parse(text: &str, total: u64) -> Self {
        let Some((first, last)) = text.trim().strip_prefix("bytes=").and_then(|spec| spec.split_once('-'))
        else {
            return Self::Whole;
        };
        let (start, end) = match (first.trim(), last.trim()) {
            ("", count) => match count.parse::<u64>() {
                Ok(count) => (total.saturating_sub(count), total),
                Err(_) => return Self::Whole,
            },
            (start, "") => match start.parse() {
                Ok(start) => (start, total),
                Err(_) => return Self::Whole,
            },
            (start, last) => match (start.parse(), last.parse::<u64>()) {
                (Ok(start), Ok(last)) if last >= start => (start, last.saturating_add(1).min(total)),
                _ => return Self::Whole,
            },
        };
        if start < end { Self::Part(start, end) } else { Self::Nothing }
    }
}

#[cfg(test)]
mod tests {
    use super::Asked::{self, Nothing, Part, Whole};

    #[test]
    fn ranges_as_ffmpeg_and_curl_write_them() {
        let table = [
            ("bytes=0-", Part(0, 100)),
            ("bytes=40-", Part(40, 100)),
            ("bytes=40-59", Part(40, 60)),
            ("bytes=40-999", Part(40, 100)),
            ("bytes=-10", Part(90, 100)),
            ("bytes=100-", Nothing),
            ("bytes=7-3", Whole),
            ("bytes=0-1,5-6", Whole),
            ("lines=0-1", Whole),
            ("bytes=x-", Whole),
        ];
        for (text, wanted) in table {
            assert_eq!(Asked::parse(text, 100), wanted, "{text}");
        }
        assert_eq!(Asked::parse("bytes=0-", 0), Nothing);
    }
}
