//! The byte plane: sources out by range, pieces and uploads in by chunk, over HTTP beside the control messages, so that a
//! heartbeat never waits behind a film.

mod append;
pub(crate) mod pieces;
pub(crate) mod range;
pub(crate) mod sources;
pub(crate) mod tus;
pub(crate) mod uploads;

use ffmpeg_cluster_common::limits::CHUNK_BYTES_MAX;
use warp::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use warp::reply::Response;
use warp::{Filter, Rejection, Reply as _};

use crate::access::Principal;
use crate::http::Services;
use crate::http::api::error as refused;

pub(crate) fn routes(services: Services) -> impl Filter<Extract = (Response,), Error = Rejection> + Clone {
    let with = {
        let services = services.clone();
        warp::any().map(move || services.clone())
    };
    let source = warp::path!("api" / "v1" / "sources" / String)
        .and(warp::get())
        .and(warp::header::headers_cloned())
        .and(warp::ext::get::<Principal>())
        .and(with.clone())
        .then(sources::serve);
    let piece_head = warp::path!("api" / "v1" / "pieces" / String)
        .and(warp::head())
        .and(warp::header::headers_cloned())
        .and(warp::ext::get::<Principal>())
        .and(with.clone())
        .then(pieces::offset);
    let piece_patch = warp::path!("api" / "v1" / "pieces" / String)
        .and(warp::patch())
        .and(warp::header::headers_cloned())
        .and(warp::ext::get::<Principal>())
        .and(warp::body::content_length_limit(CHUNK_BYTES_MAX))
        .and(warp::body::bytes())
        .and(with)
        .then(pieces::append);
    source.or(piece_head).unify().or(piece_patch).unify().or(uploads::routes(services)).unify()
}

/// An answer of a status and some headers.
fn plain(status: StatusCode, headers: &[(&'static str, String)]) -> Response {
    let mut answer = status.into_response();
    *answer.body_mut() = Default::default();
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            answer.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    answer
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    let text = text(headers, name)?;
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}
