//! Sends a file, whole or in ranges.

use std::io::SeekFrom;

use ffmpeg_cluster_common::io::ranges::Ranged;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use warp::Reply as _;
use warp::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use warp::reply::Response;

use super::answer::Failure;
use super::call::Call;
use super::range::ranged;
use crate::store::file_tag::etag;

/// What a file is sent as.
pub(super) struct SentAs<'a> {
    pub(super) kind: &'a str,
    pub(super) disposition: String,
    /// None: as ever, caches ask for the file whenever they want it.
    pub(super) cache: Option<&'static str>,
}

/// A finished film under its name.
pub(super) async fn send(file: File, name: &str, call: &Call) -> std::io::Result<Response> {
    let shown = (call.query.text("inline") == Some("1")).then(|| kind(name)).flatten();
    let disposition = shown.map_or_else(|| disposition(name), |_| "inline".into());
    let kind = shown.unwrap_or("application/octet-stream");
    send_as(file, call, SentAs { kind, disposition, cache: None }).await
}

pub(super) async fn send_as(mut file: File, call: &Call, form: SentAs<'_>) -> std::io::Result<Response> {
    let about = file.metadata().await?;
    let (length, tag) = (about.len(), etag(&about));
    let Ranged { status, bytes, content_range } = ranged(&call.headers, length, &tag);
    if status == StatusCode::RANGE_NOT_SATISFIABLE {
        let message = format!("the file has {length} bytes");
        let failure = Failure::at(status, ErrorCode::InvalidRequest, message);
        let name = header::CONTENT_RANGE.as_str();
        return Ok(content_range.iter().fold(failure, |failure, range| failure.saying(name, range)).answer());
    }
    let count = bytes.end - bytes.start;
    let mut answer = if call.method == Method::HEAD || count == 0 {
        warp::reply().into_response()
    } else {
        file.seek(SeekFrom::Start(bytes.start)).await?;
        warp::reply::stream(ReaderStream::with_capacity(file.take(count), 64 * 1024)).into_response()
    };
    *answer.status_mut() = status;
    let mut say = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::try_from(value) {
            answer.headers_mut().insert(name, value);
        }
    };
    say(header::ETAG, tag);
    say(header::ACCEPT_RANGES, "bytes".into());
    say(header::CONTENT_TYPE, form.kind.into());
    say(header::X_CONTENT_TYPE_OPTIONS, "nosniff".into());
    say(header::CONTENT_DISPOSITION, form.disposition);
    form.cache.into_iter().for_each(|cache| say(header::CACHE_CONTROL, cache.into()));
    say(header::CONTENT_LENGTH, count.to_string());
    if let Some(range) = content_range {
        say(header::CONTENT_RANGE, range);
    }
    Ok(answer)
}

/// What a browser may play in place. Nothing that it would run is among it.
fn kind(name: &str) -> Option<&'static str> {
    match name.rsplit_once('.')?.1.to_ascii_lowercase().as_str() {
        "mp4" | "m4v" => Some("video/mp4"),
        "mov" => Some("video/quicktime"),
        "webm" => Some("video/webm"),
        "mkv" => Some("video/x-matroska"),
        _ => None,
    }
}

/// Gives the file name in plain ASCII for old programs, and the exact one for the others.
fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_graphic() && !"\"\\%;".contains(c) { c } else { '_' }).collect();
    let exact = name.bytes().fold(String::new(), |text, byte| {
        let safe = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if safe { text + &char::from(byte).to_string() } else { format!("{text}%{byte:02X}") }
    });
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn only_films_are_shown_in_place() {
        assert_eq!(super::kind("a.MP4"), Some("video/mp4"));
        for name in ["a.html", "a.svg", "a", "a.js", "mp4", "a.mp4.htm"] {
            assert_eq!(super::kind(name), None, "{name}");
        }
    }

    #[test]
    fn names_can_not_break_out_of_the_header() {
        let text = super::disposition("Käse \"1\".mp4");
        assert_eq!(text, "attachment; filename=\"K_se__1_.mp4\"; filename*=UTF-8''K%C3%A4se%20%221%22.mp4");
    }
}
