//! Sends a source in ranges of at most a chunk, each with its digest, and only while it is still the file that was indexed.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;

use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::io::ranges::Ranged;
use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::transfer::CHUNK_SHA256;
use warp::Reply as _;
use warp::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use warp::reply::Response;

use crate::http::Services;
use crate::http::answer::{Failure, refused};
use crate::http::call::Call;
use crate::http::keys;
use crate::http::range::ranged;
use crate::store::catalog::JobRow;
use crate::store::file_tag::etag;
use crate::store::roots::Found;
use crate::work::original::Original;
use crate::work::{blocks, open_source};

pub(in crate::http) async fn send(call: Call) -> Result<Response, Failure> {
    let from = call.principal()?.from;
    let row = match call.name.parse::<JobId>() {
        Ok(job) => call.services.runner.store.reader.job(&job).await.ok().flatten(),
        Err(_) => None,
    };
    let row = row.filter(|row| !row.state.is_final());
    let row = row.ok_or_else(|| refused(ErrorCode::JobNotFound, "there is no such open job"))?;
    keys::check_job(&call.services, &call.headers, from, &row.job).await?;
    let (job, background) = (row.job.clone(), call.services.runner.background.clone());
    let read = background.blocking(move || chunk(&call.services, &row, &call.headers)).await;
    read.map_err(anyhow::Error::from)
        .and_then(|read| read)
        .unwrap_or_else(|error| Err(gone(format!("the source of job {job} can't be read: {error:#}"))))
}

fn gone(message: impl Into<String>) -> Failure {
    Failure::at(StatusCode::PRECONDITION_FAILED, ErrorCode::FileNotFound, message)
}

fn read(file: &mut File, range: Range<u64>) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(range.end - range.start).map_err(std::io::Error::other)?];
    file.seek(SeekFrom::Start(range.start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A fault of the source is an answer; a fault of the server is an error.
fn chunk(
    services: &Services,
    row: &JobRow,
    headers: &HeaderMap,
) -> anyhow::Result<Result<Response, Failure>> {
    let listed = Original::read(&services.runner.folders().source(&row.job))?.etag;
    let Found { mut file, about, .. } = open_source(&services.runner, &row.job, &row.spec)?;
    let (length, tag, most) = (about.len(), etag(&about), services.runner.settings.chunk_bytes);
    let asked = headers.get(header::IF_MATCH).and_then(|tag| tag.to_str().ok()).unwrap_or(&tag);
    if asked != tag || (!listed.is_empty() && listed != tag) {
        let message = "the source is not the file that was indexed";
        return Ok(Err(gone(message)));
    }
    let Ranged { status, bytes, .. } = ranged(headers, length, &tag);
    if status == StatusCode::RANGE_NOT_SATISFIABLE {
        let message = format!("the source has {length} bytes");
        return Ok(Err(Failure::at(status, ErrorCode::InvalidRequest, message)));
    }
    let (start, end) = (bytes.start, bytes.end.min(bytes.start + most));
    if !blocks::are_same(&services.runner.folders().blocks(&row.job), &mut file, start..end)? {
        let message = "these bytes have changed since they were indexed";
        return Ok(Err(gone(message)));
    }
    let bytes = read(&mut file, start..end)?;
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
    Ok(Ok(answer))
}
