//! Answers with an ETag. Whoever has the same answer already is told only that it is the same.

use ffmpeg_cluster_common::io::digest;
use serde::Serialize;
use warp::Reply as _;
use warp::http::{HeaderMap, HeaderValue, StatusCode, header};
use warp::reply::Response;

use super::answer::json;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    /// For one thing.
    Strong,
    /// For a list.
    Weak,
}

/// The value as JSON, or 304 where the caller has it.
pub(crate) fn tagged(headers: &HeaderMap, body: &impl Serialize, tag: Tag) -> Response {
    tagged_as(headers, body, &tag.of(body))
}

/// The same, with a tag that the caller made.
pub(crate) fn tagged_as(headers: &HeaderMap, body: &impl Serialize, tag: &str) -> Response {
    let mut answer = if has(headers, tag) {
        let mut answer = StatusCode::NOT_MODIFIED.into_response();
        *answer.body_mut() = Default::default();
        answer.headers_mut().remove(header::CONTENT_TYPE);
        answer
    } else {
        json(StatusCode::OK, body)
    };
    if let Ok(tag) = HeaderValue::try_from(tag) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    // Kept answers are asked for anew, because every one of them moves.
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    answer
}

/// Whether the caller has the answer with this tag.
pub(crate) fn has(headers: &HeaderMap, tag: &str) -> bool {
    let seen = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    seen.flat_map(|all| all.split(',')).any(|seen| is_same(seen.trim(), tag))
}

impl Tag {
    pub(crate) fn of(self, body: &impl Serialize) -> String {
        let digest = digest::of_bytes(&serde_json::to_vec(body).unwrap_or_default());
        let weak = if self == Self::Weak { "W/" } else { "" };
        format!("{weak}\"{}\"", &digest[..32])
    }
}

/// Weak comparison: reading asks only for what means the same.
fn is_same(seen: &str, tag: &str) -> bool {
    let bare = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    seen == "*" || bare(seen) == bare(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_the_same_is_told_so() {
        let first = tagged(&HeaderMap::new(), &[1, 2], Tag::Weak);
        let tag = first.headers()["etag"].to_str().unwrap().to_owned();
        assert!(first.status() == 200 && tag.starts_with("W/\""), "{tag}");
        let again = |seen: &str, body: [u32; 2]| {
            let mut headers = HeaderMap::new();
            headers.insert("if-none-match", seen.parse().unwrap());
            tagged(&headers, &body, Tag::Weak).status().as_u16()
        };
        let strong = tag.trim_start_matches("W/");
        for seen in [tag.as_str(), strong, "*", &format!("\"x\", {tag}")] {
            assert_eq!(again(seen, [1, 2]), 304, "{seen}");
        }
        assert_eq!((again(&tag, [1, 3]), again("\"x\"", [1, 2])), (200, 200));
    }
}
