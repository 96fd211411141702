//! `Range` and `If-Range`, for one range; a request for several gets the whole file, as HTTP allows.

use warp::http::{HeaderMap, header};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Whole,
    /// Half-open.
    Part {
        start: u64,
        end: u64,
    },
    Impossible,
}

pub(crate) fn wanted(headers: &HeaderMap, length: u64, etag: &str) -> Wanted {
    let text = |name| headers.get(name).and_then(|value: &warp::http::HeaderValue| value.to_str().ok());
    let Some(range) = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")) else {
        return Wanted::Whole;
    };
    if text(header::IF_RANGE).is_some_and(|seen| seen != etag) || range.contains(',') {
        return Wanted::Whole;
    }
    let Some((first, last)) = range.split_once('-') else { return Wanted::Whole };
    let (first, last) = (first.trim(), last.trim());
    let (start, end) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(start), Ok(last)) if last >= start => (start, last.saturating_add(1).min(length)),
        (Ok(start), Err(_)) if last.is_empty() => (start, length),
        (Err(_), Ok(suffix)) if first.is_empty() && suffix > 0 => (length.saturating_sub(suffix), length),
        (Err(_), Ok(_)) if first.is_empty() => return Wanted::Impossible,
        (Ok(_) | Err(_), Ok(_) | Err(_)) => return Wanted::Whole,
    };
    if start >= length { Wanted::Impossible } else { Wanted::Part { start, end } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &str) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        wanted(&headers, 100, "\"a\"")
    }

    #[test]
    fn ranges_as_http_has_them() {
        assert_eq!(of("bytes=0-9"), Wanted::Part { start: 0, end: 10 });
        assert_eq!(of("bytes=90-"), Wanted::Part { start: 90, end: 100 });
        assert_eq!(of("bytes=-10"), Wanted::Part { start: 90, end: 100 });
        assert_eq!(of("bytes=50-900"), Wanted::Part { start: 50, end: 100 });
        assert_eq!(of("bytes=100-"), Wanted::Impossible);
        assert_eq!(of("bytes=-0"), Wanted::Impossible);
        for odd in ["bytes=9-3", "bytes=1-2,5-6", "frames=0-9", "bytes=x-y"] {
            assert_eq!(of(odd), Wanted::Whole, "{odd}");
        }
    }

    #[test]
    fn a_changed_file_is_sent_whole() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=5-".parse().unwrap());
        headers.insert(header::IF_RANGE, "\"old\"".parse().unwrap());
        assert_eq!(wanted(&headers, 100, "\"new\""), Wanted::Whole);
    }
}
