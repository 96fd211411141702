//! `Range` and `If-Range`, for one range; several at once are answered with the whole, as HTTP allows.

use warp::http::{HeaderMap, header};

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Whole,
    /// Half-open.
    Part {
        start: u64,
        end: u64,
    },
    Impossible,
}

pub(crate) fn asked(headers: &HeaderMap, length: u64, etag: &str) -> Asked {
    let text = |name| headers.get(name).and_then(|value: &warp::http::HeaderValue| value.to_str().ok());
    let Some(range) = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")) else {
        return Asked::Whole;
    };
    if text(header::IF_RANGE).is_some_and(|seen| seen != etag) || range.contains(',') {
        return Asked::Whole;
    }
    let Some((first, last)) = range.split_once('-') else { return Asked::Whole };
    let (first, last) = (first.trim(), last.trim());
    let (start, end) = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(start), Ok(last)) if last >= start => (start, last.saturating_add(1).min(length)),
        (Ok(start), Err(_)) if last.is_empty() => (start, length),
        (Err(_), Ok(suffix)) if first.is_empty() && suffix > 0 => (length.saturating_sub(suffix), length),
        (Err(_), Ok(_)) if first.is_empty() => return Asked::Impossible,
        (Ok(_) | Err(_), Ok(_) | Err(_)) => return Asked::Whole,
    };
    if start >= length { Asked::Impossible } else { Asked::Part { start, end } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &str) -> Asked {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        asked(&headers, 100, "\"a\"")
    }

    #[test]
    fn ranges_as_http_has_them() {
        assert_eq!(of("bytes=0-9"), Asked::Part { start: 0, end: 10 });
        assert_eq!(of("bytes=90-"), Asked::Part { start: 90, end: 100 });
        assert_eq!(of("bytes=-10"), Asked::Part { start: 90, end: 100 });
        assert_eq!(of("bytes=50-900"), Asked::Part { start: 50, end: 100 });
        assert_eq!(of("bytes=100-"), Asked::Impossible);
        assert_eq!(of("bytes=-0"), Asked::Impossible);
        for odd in ["bytes=9-3", "bytes=1-2,5-6", "frames=0-9", "bytes=x-y"] {
            assert_eq!(of(odd), Asked::Whole, "{odd}");
        }
    }

    #[test]
    fn a_changed_file_is_sent_whole() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=5-".parse().unwrap());
        headers.insert(header::IF_RANGE, "\"old\"".parse().unwrap());
        assert_eq!(asked(&headers, 100, "\"new\""), Asked::Whole);
    }
}
