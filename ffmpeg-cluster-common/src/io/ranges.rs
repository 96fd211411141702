//! `Range` of HTTP, for one range of bytes; several at once are answered with the whole, as HTTP allows.

use std::ops::Range;

use reqwest::StatusCode;

/// What of a file is sent, and what is said of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Ranged {
    pub status: StatusCode,
    pub bytes: Range<u64>,
    /// The value of `Content-Range`.
    pub content_range: Option<String>,
}

impl Ranged {
    /// The answer to the value of a `Range` header, for a file of `length` bytes.
    pub fn of(asked: Option<&str>, length: u64) -> Self {
        match asked.and_then(|text| part(text, length)) {
            None => Self { status: StatusCode::OK, bytes: 0..length, content_range: None },
            Some(bytes) if bytes.is_empty() => Self {
                status: StatusCode::RANGE_NOT_SATISFIABLE,
                bytes: 0..0,
                content_range: Some(format!("bytes */{length}")),
            },
            Some(bytes) => Self {
                status: StatusCode::PARTIAL_CONTENT,
                content_range: Some(format!("bytes {}-{}/{length}", bytes.start, bytes.end - 1)),
                bytes,
            },
        }
    }
}

/// Empty: there are no such bytes. None: it is no range that must be understood.
fn part(text: &str, length: u64) -> Option<Range<u64>> {
    let (first, last) = text.trim().strip_prefix("bytes=")?.split_once('-')?;
    match (first.trim(), last.trim()) {
        ("", count) => Some(length.saturating_sub(count.parse().ok()?)..length),
        (start, "") => Some(start.parse().ok()?..length),
        (start, last) => {
            let (start, last) = (start.parse().ok()?, last.parse::<u64>().ok()?);
            (last >= start).then(|| start..last.saturating_add(1).min(length))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_as_http_has_them() {
        let of = |text| Ranged::of(Some(text), 100);
        for (text, bytes) in [
            ("bytes=0-", 0..100),
            ("bytes=0-9", 0..10),
            ("bytes=40-", 40..100),
            ("bytes=40-59", 40..60),
            ("bytes=50-900", 50..100),
            ("bytes=-10", 90..100),
            ("bytes=-900", 0..100),
        ] {
            let told = format!("bytes {}-{}/100", bytes.start, bytes.end - 1);
            let wanted = Ranged { status: StatusCode::PARTIAL_CONTENT, bytes, content_range: Some(told) };
            assert_eq!(of(text), wanted, "{text}");
        }
        for text in ["bytes=100-", "bytes=700-900", "bytes=-0"] {
            let told = (of(text).status.as_u16(), of(text).bytes, of(text).content_range);
            assert_eq!(told, (416, 0..0, Some("bytes */100".into())), "{text}");
        }
        for odd in ["bytes=9-3", "bytes=1-2,5-6", "frames=0-9", "bytes=x-y", "bytes=x-", "bytes=-"] {
            assert_eq!(of(odd), Ranged::of(None, 100), "{odd}");
        }
        assert_eq!(Ranged::of(None, 100).bytes, 0..100);
        assert_eq!(Ranged::of(Some("bytes=0-"), 0).status, StatusCode::RANGE_NOT_SATISFIABLE);
    }
}
