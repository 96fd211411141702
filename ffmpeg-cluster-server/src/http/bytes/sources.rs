//! A source goes out in ranges of at most a chunk, each with its digest, and only as long as it is the file that was indexed.

use std::io::{Read, Seek, SeekFrom};

use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::transfer::CHUNK_SHA256;
use warp::Reply as _;
use warp::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use warp::reply::Response;

use super::range::{Asked, asked};
use super::{refused, text};
use crate::access::Principal;
use crate::http::Services;
use crate::http::keys;
use crate::store::catalog::JobRow;
use crate::store::file_tag::etag;
use crate::store::roots::Found;
use crate::work::original::Original;
use crate::work::{blocks, open_source};

pub(super) async fn serve(job: String, headers: HeaderMap, who: Principal, services: Services) -> Response {
    let job = job.parse::<JobId>().ok();
    let row = match &job {
        Some(job) => services.runner.store.reader.job(job).await.ok().flatten(),
        None => None,
    };
    let Some(row) = row.filter(|row| !row.state.is_final()) else {
        return refused(StatusCode::NOT_FOUND, ErrorCode::JobNotFound, "there is no such job at work");
    };
    if let Err(refusal) = keys::check_job(&services, &headers, who.from, &row.job).await {
        return refusal;
    }
    let (job, background) = (row.job.clone(), services.runner.background.clone());
    let read = background.blocking(move || chunk(&services, &row, &headers)).await;
    read.map_err(anyhow::Error::from).and_then(|read| read).unwrap_or_else(|error| {
        let message = format!("the source of job {job} can't be read: {error:#}");
        refused(StatusCode::PRECONDITION_FAILED, ErrorCode::FileNotFound, message)
    })
}

fn chunk(services: &Services, row: &JobRow, headers: &HeaderMap) -> anyhow::Result<Response> {
    let listed = Original::read(&services.runner.folders().source(&row.job))?.etag;
    let Found { mut file, about, .. } = open_source(&services.runner, &row.job, &row.spec)?;
    let (length, tag, most) = (about.len(), etag(&about), services.runner.settings.chunk_bytes);
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
    if !blocks::are_same(&services.runner.folders().blocks(&row.job), &mut file, start..end)? {
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
