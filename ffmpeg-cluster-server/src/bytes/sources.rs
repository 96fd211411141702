//! A source goes out in ranges of at most a chunk, each with its digest, and only as long as it is the file that was indexed.

use std::fs::Metadata;
use std::io::{Read, Seek, SeekFrom};
use std::time::UNIX_EPOCH;

use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::{digest, system};
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::transfer::CHUNK_SHA256;
use warp::Reply as _;
use warp::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use warp::reply::Response;

use super::range::{Asked, asked};
use super::{refused, text};
use crate::auth::{Principal, keys};
use crate::catalog::JobRow;
use crate::handle::Handle;
use crate::media::original::Original;
use crate::media::{blocks, open_source};
use crate::roots::Found;

/// Changes whenever the file does. Its change time is no part of it: a link made to the film, or another's right to read it, would
/// end the job. Where that alone has moved, [`blocks`] tell.
pub(crate) fn etag(about: &Metadata) -> String {
    let modified =
        about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let file = system::mark(about);
    format!("\"{:x}-{:x}-{file:x}\"", about.len(), modified.as_nanos())
}

pub(super) async fn serve(job: String, headers: HeaderMap, who: Principal, handle: Handle) -> Response {
    let job = job.parse::<JobId>().ok();
    let row = match &job {
        Some(job) => handle.reader.job(job).await.ok().flatten(),
        None => None,
    };
    let Some(row) = row.filter(|row| !row.state.is_final()) else {
        return refused(StatusCode::NOT_FOUND, ErrorCode::JobNotFound, "there is no such job at work");
    };
    if let Err(refusal) = keys::check_job(&handle, &headers, who.from, &row.job).await {
        return refusal;
    }
    let (job, background) = (row.job.clone(), handle.background.clone());
    let read = background.blocking(move || chunk(&handle, &row, &headers)).await;
    read.map_err(anyhow::Error::from).and_then(|read| read).unwrap_or_else(|error| {
        let message = format!("the source of job {job} can't be read: {error:#}");
        refused(StatusCode::PRECONDITION_FAILED, ErrorCode::FileNotFound, message)
    })
}

fn chunk(handle: &Handle, row: &JobRow, headers: &HeaderMap) -> anyhow::Result<Response> {
    let listed = Original::read(&handle.folders.source(&row.job))?.etag;
    let Found { mut file, about, .. } = open_source(handle, &row.job, &row.spec)?;
    let (length, tag, most) = (about.len(), etag(&about), handle.settings.chunk_bytes);
    let wanted = text(headers, "if-match").unwrap_or(&tag);
    if wanted != tag || (!listed.is_empty() && listed != tag) {
        let message = "the source is not the file that was indexed";
        return Ok(refused(StatusCode::PRECONDITION_FAILED, ErrorCode::FileNotFound, message));
    }
    let (start, end) = match asked(headers, length, &tag) {
        Asked::Part { start, end } => (start, end.min(start + most)),
        Asked::Whole => (0, length.min(most)),
        Asked::Impossible => {
            let message = format!("the source has {length} bytes");
            return Ok(refused(StatusCode::RANGE_NOT_SATISFIABLE, ErrorCode::InvalidRequest, message));
        }
    };
    if !blocks::are_same(&handle.folders.blocks(&row.job), &mut file, start..end)? {
        let message = "these bytes are not those that were indexed";
        return Ok(refused(StatusCode::PRECONDITION_FAILED, ErrorCode::FileNotFound, message));
    }
    let mut bytes = vec![0; usize::try_from(end - start).map_err(std::io::Error::other)?];
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(&mut bytes)?;
    let said = [
        (HeaderName::from_static(CHUNK_SHA256), digest::of_bytes(&bytes)),
        (header::ETAG, tag),
        (header::CONTENT_RANGE, format!("bytes {start}-{}/{length}", end.saturating_sub(1))),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
    ];
    let mut answer = warp::reply::with_status(bytes, StatusCode::PARTIAL_CONTENT).into_response();
    for (name, value) in said {
        answer.headers_mut().insert(name, HeaderValue::try_from(value).map_err(std::io::Error::other)?);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changes_has_another_tag() {
        let path = std::env::temp_dir().join(format!("ffmpeg-cluster-etag-{}", std::process::id()));
        let tag = |text: &str| {
            std::fs::write(&path, text).unwrap();
            etag(&std::fs::metadata(&path).unwrap())
        };
        assert_ne!(tag("a"), tag("ab"));
        std::fs::remove_file(path).unwrap();
    }
}
