//! A finished film goes out, whole or in ranges.

use std::io::SeekFrom;

use ffmpeg_cluster_common::protocol::command::{ErrorCode, JobState};
use ffmpeg_cluster_common::wall_text::rfc3339;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::io::ReaderStream;
use warp::Reply as _;
use warp::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use warp::reply::Response;

use super::answer::{answer, error};
use super::status;
use crate::audit_log::Deed;
use crate::auth::Principal;
use crate::bytes::range::{Asked, asked};
use crate::bytes::sources::etag;
use crate::catalog::JobRow;
use crate::handle::Handle;

pub(super) async fn serve(
    (handle, principal): (&Handle, &Principal),
    id: &str,
    method: &Method,
    headers: &HeaderMap,
) -> Response {
    let row = match status::row(handle, principal, id).await {
        Ok(row) => row,
        Err(refusal) => return answer(&refusal),
    };
    let answer = of_job(handle, &row, method, headers).await;
    handle.audit_log.note_answer(principal, Deed::FetchResult, row.job.as_str(), answer.status());
    answer
}

async fn of_job(handle: &Handle, row: &JobRow, method: &Method, headers: &HeaderMap) -> Response {
    let id = &row.job;
    if method != Method::GET && method != Method::HEAD {
        let message = "results answer GET and HEAD";
        return error(StatusCode::METHOD_NOT_ALLOWED, ErrorCode::InvalidRequest, message);
    }
    if row.state != JobState::Completed {
        let message = format!("job {id} has no result: it is {}", row.state.as_str());
        return error(StatusCode::NOT_FOUND, ErrorCode::FileNotFound, message);
    }
    if let Some(at) = row.result_removed_at {
        let message =
            format!("the result of job {id} was removed at {}, as this server was told to", rfc3339(at));
        return error(StatusCode::GONE, ErrorCode::ResultRemoved, message);
    }
    send(handle, row, method, headers).await.unwrap_or_else(|trouble| {
        let message = format!("the result of job {id} can't be read: {trouble}");
        error(StatusCode::NOT_FOUND, ErrorCode::FileNotFound, message)
    })
}

async fn send(
    handle: &Handle,
    row: &JobRow,
    method: &Method,
    headers: &HeaderMap,
) -> std::io::Result<Response> {
    let mut file = tokio::fs::File::open(handle.folders.result(&row.job, &row.output_name)).await?;
    let about = file.metadata().await?;
    let (length, tag) = (about.len(), etag(&about));
    let (status, start, count, range) = match asked(headers, length, &tag) {
        Asked::Whole => (StatusCode::OK, 0, length, None),
        Asked::Part { start, end } => (
            StatusCode::PARTIAL_CONTENT,
            start,
            end - start,
            Some(format!("bytes {start}-{}/{length}", end - 1)),
        ),
        Asked::Impossible => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0, Some(format!("bytes */{length}"))),
    };
    let mut answer = if method == Method::HEAD || count == 0 {
        warp::reply().into_response()
    } else {
        file.seek(SeekFrom::Start(start)).await?;
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
    say(header::CONTENT_TYPE, "application/octet-stream".into());
    say(header::X_CONTENT_TYPE_OPTIONS, "nosniff".into());
    say(header::CONTENT_DISPOSITION, disposition(&row.output_name));
    say(header::CONTENT_LENGTH, count.to_string());
    if let Some(range) = range {
        say(header::CONTENT_RANGE, range);
    }
    Ok(answer)
}

/// The name for old programs, in plain letters, and the true one for the others.
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
    fn names_can_not_break_out_of_the_header() {
        let text = super::disposition("Käse \"1\".mp4");
        assert_eq!(text, "attachment; filename=\"K_se__1_.mp4\"; filename*=UTF-8''K%C3%A4se%20%221%22.mp4");
    }
}
