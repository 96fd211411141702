//! From an admitted request to the answer of its row.

use std::sync::Mutex;

use bytes::{Buf, Bytes, BytesMut};
use ffmpeg_cluster_common::limits::CHUNK_BYTES_MAX;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use futures_util::{Stream, StreamExt};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::filters::path::FullPath;
use warp::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use warp::reply::Response;

use super::{Does, Found, Route, Takes};
use crate::access::Principal;
use crate::http::answer::{Failure, refused};
use crate::http::call::{Body, Call, Caller, parts};
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::resources::events;
use crate::http::services::Services;

/// What the gate found out about a request.
#[derive(Debug, Clone)]
pub(crate) struct Routed {
    pub(crate) found: Found,
    pub(crate) principal: Option<Principal>,
    pub(crate) caller: Caller,
}

impl Routed {
    /// The memory that answering the request may take. Uploads without a checksum go straight to the disk.
    pub(crate) fn held_bytes(&self, headers: &HeaderMap, chunk_bytes: u64) -> u64 {
        let Found::Row { route, .. } = &self.found else { return 0 };
        let length = content_length(headers);
        match route.takes {
            Takes::Nothing => 0,
            Takes::NothingForAChunk => chunk_bytes.min(CHUNK_BYTES_MAX),
            Takes::Whole(most) => length.unwrap_or(most).min(most),
            Takes::Stream if headers.contains_key("upload-checksum") => {
                length.unwrap_or(CHUNK_BYTES_MAX).min(CHUNK_BYTES_MAX)
            }
            Takes::Stream => 0,
        }
    }
}

impl Route {
    fn read(&self, query: &str) -> Result<Query, Problem> {
        match self.query {
            Some(known) if self.is_strict => Query::read(query, known),
            Some(known) => Ok(Query::read_known(query, known)),
            None => Ok(Query::default()),
        }
    }
}

/// A request's head.
struct Asked {
    method: Method,
    path: FullPath,
    headers: HeaderMap,
    query: String,
}

/// One filter for all rows: the gate has already found the row.
pub(crate) fn filter(services: Services) -> BoxedFilter<(Response,)> {
    warp::ext::get::<Routed>()
        .and(warp::method())
        .and(warp::path::full())
        .and(warp::header::headers_cloned())
        .and(warp::query::raw().or(warp::any().map(String::new)).unify())
        .and(warp::body::stream())
        .then(move |routed: Routed, method, path, headers, query, body| {
            let (services, asked) = (services.clone(), Asked { method, path, headers, query });
            async move { answered(services, routed, asked, body).await.unwrap_or_else(Failure::answer) }
        })
        .boxed()
}

async fn answered(
    services: Services,
    routed: Routed,
    asked: Asked,
    body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send + 'static,
) -> Result<Response, Failure> {
    let Routed { found, principal, caller } = routed;
    let (route, name) = match found {
        Found::Row { route, name } => (route, name),
        Found::OtherMethods { allowed, .. } => return Ok(other_methods(&allowed)),
        Found::Nowhere => return Ok(nowhere()),
    };
    let Asked { method, path, headers, query } = asked;
    let query = route.read(&query)?;
    let body = read(route.takes, &headers, body).await?;
    let path = path.as_str().to_owned();
    let call = Call { services, principal, caller, method, path, name, headers, query, body };
    match route.does {
        Does::Answer(answer) => answer(&call),
        Does::AnswerLater(answer) => answer(call).await,
        Does::Watch => events::stream(call).await,
        // The gate opens the WebSockets itself and never sends such a request here.
        Does::Client | Does::Commands => Ok(nowhere()),
    }
}

pub(super) fn nowhere() -> Response {
    Failure::nowhere().answer()
}

fn other_methods(allowed: &str) -> Response {
    let message = format!("this address accepts {allowed}");
    let status = StatusCode::METHOD_NOT_ALLOWED;
    let mut answer = Failure::at(status, ErrorCode::InvalidRequest, message).answer();
    if let Ok(allowed) = HeaderValue::try_from(allowed) {
        answer.headers_mut().insert(header::ALLOW, allowed);
    }
    answer
}

fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

async fn read(
    takes: Takes,
    headers: &HeaderMap,
    body: impl Stream<Item = Result<impl Buf, warp::Error>> + Send + 'static,
) -> Result<Body, Failure> {
    let most = match takes {
        Takes::Nothing | Takes::NothingForAChunk => return Ok(Body::Whole(Bytes::new())),
        Takes::Stream => return Ok(Body::Stream(Mutex::new(parts(body)))),
        Takes::Whole(most) => most,
    };
    let too_large = || refused(ErrorCode::TooLarge, format!("the body may have at most {most} bytes"));
    let wanted = "a Content-Length is required";
    let length = content_length(headers).ok_or_else(|| refused(ErrorCode::InvalidRequest, wanted))?;
    if length > most {
        return Err(too_large());
    }
    let (mut whole, mut body) = (BytesMut::new(), parts(body));
    while let Some(part) = body.next().await {
        let cut_off = "the body ended before its Content-Length";
        let part = part.map_err(|_| refused(ErrorCode::InvalidRequest, cut_off))?;
        if (whole.len() + part.len()) as u64 > most {
            return Err(too_large());
        }
        whole.extend_from_slice(&part);
    }
    Ok(Body::Whole(whole.freeze()))
}
