//! What all lists have in common: pages, and the way to the next one.

use warp::http::{HeaderValue, header};
use warp::reply::Response;

use crate::http::call::Call;
use crate::http::query::{Kind, Parameter, Query};

const LIMIT_USUAL: u64 = 100;
const LIMIT_MAX: u64 = 1000;

pub(super) const LIMIT: Parameter = Parameter {
    name: "limit",
    kind: Kind::Number { least: 1, most: LIMIT_MAX },
    about: "the most items on the page; 100 without it",
};

pub(super) const CURSOR: Parameter = Parameter {
    name: "cursor",
    kind: Kind::Text,
    about: "`next` of the page before, asked for in the same order",
};

pub(super) fn limit(query: &Query) -> usize {
    usize::try_from(query.number(LIMIT.name).unwrap_or(LIMIT_USUAL)).unwrap_or(usize::MAX)
}

/// Names the next page in a header, too.
pub(super) fn linked(mut answer: Response, call: &Call, next: Option<&str>) -> Response {
    let link =
        next.map(|cursor| format!("<{}?{}>; rel=\"next\"", call.path, call.query.with(CURSOR.name, cursor)));
    if let Some(link) = link.and_then(|link| HeaderValue::try_from(link).ok()) {
        answer.headers_mut().insert(header::LINK, link);
    }
    answer
}
