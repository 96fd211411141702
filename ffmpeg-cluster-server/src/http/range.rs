//! `Range` and `If-Range`.

use ffmpeg_cluster_common::io::ranges::Ranged;
use warp::http::{HeaderMap, header};

pub(crate) fn ranged(headers: &HeaderMap, length: u64, etag: &str) -> Ranged {
    let text = |name| headers.get(name).and_then(|value: &warp::http::HeaderValue| value.to_str().ok());
    let is_same = text(header::IF_RANGE).is_none_or(|seen| seen == etag);
    Ranged::of(text(header::RANGE).filter(|_| is_same), length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_file_is_sent_whole() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=5-".parse().unwrap());
        headers.insert(header::IF_RANGE, "\"old\"".parse().unwrap());
        assert_eq!(ranged(&headers, 100, "\"new\"").bytes, 0..100);
        assert_eq!(ranged(&headers, 100, "\"old\"").bytes, 5..100);
    }
}
