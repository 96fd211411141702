//! Any frame of a job's film, and its thumbnails, as pictures.

use std::time::Duration;

use bytes::Bytes;
use ffmpeg_cluster_common::cluster::event::SourceAt;
use ffmpeg_cluster_common::fault::{Fault, FaultCode};
use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::media::plan::film::IndexedBy;
use ffmpeg_cluster_common::protocol::command::{ErrorCode, JobState};
use futures_util::stream;
use tokio::sync::OwnedSemaphorePermit;
use warp::Reply as _;
use warp::http::{HeaderValue, StatusCode, header};
use warp::reply::Response;

use super::{jobs, names};
use crate::http::answer::{Failure, refused};
use crate::http::call::Call;
use crate::http::query::{Kind, Parameter};
use crate::http::tagged;
use crate::store::blobs::Blob;
use crate::store::catalog::JobRow;
use crate::work::RunContext;
use crate::work::shown::{self, Film, Listing, Shown};
use crate::work::stills::{Look, Unseen};

pub(in crate::http) const FRAME: &[Parameter] = &[
    Parameter {
        name: "of",
        kind: Kind::OneOf(&["source", "result"]),
        about: "which film of the job [default: source]",
    },
    Parameter {
        name: "width",
        kind: Kind::Number { least: 16, most: 16_384 },
        about: "shrinks a wider frame to this many pixels [default: as it is]",
    },
];
pub(in crate::http) const STRIP: &[Parameter] = &[Parameter {
    name: "count",
    kind: Kind::Number { least: 1, most: COUNT_MAX },
    about: "how many thumbnails [default: 12]",
}];
const COUNT_MAX: u64 = 60;
const COUNT: u64 = 12;

const ROOM_WITHIN: Duration = Duration::from_secs(20);
const PART_BYTES: usize = 64 << 10;

pub(in crate::http) async fn frame(call: Call) -> Result<Response, Failure> {
    let (job, number) = call.name.split_once('/').unwrap_or((&call.name, ""));
    let row = names::job(&call.services, call.principal()?, job).await?;
    let n = numbered(number)?;
    let of = match call.query.text("of") {
        Some("result") => result(&call, &row)?,
        _ => source(&row)?,
    };
    let width = call.query.number("width").and_then(|width| u32::try_from(width).ok());
    send(&call, &row, Picture { of, wanted: Wanted::Frame(n, width) }).await
}

pub(in crate::http) async fn strip(call: Call) -> Result<Response, Failure> {
    let row = names::job(&call.services, call.principal()?, &call.name).await?;
    let wanted = Wanted::Strip(call.query.number("count").unwrap_or(COUNT));
    let of = source(&row);
    // The thumbnails of the result will do once the source is gone.
    let shown = match of {
        Ok(of) => send(&call, &row, Picture { of, wanted }).await,
        Err(why) => Err(why),
    };
    match shown {
        Err(_) if row.state == JobState::Completed => {
            let of = result(&call, &row)?;
            send(&call, &row, Picture { of, wanted }).await
        }
        shown => shown,
    }
}

/// A larger number than there is room for is beyond every film.
fn numbered(text: &str) -> Result<u64, Failure> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        let message = "a frame is called by its number, from 0 on";
        return Err(refused(ErrorCode::InvalidRequest, message));
    }
    Ok(text.parse().unwrap_or(u64::MAX))
}

fn source(row: &JobRow) -> Result<Film, Failure> {
    let known = row.film.as_ref().is_some_and(|film| !film.is_to_list());
    if known {
        return Ok(Film::Source);
    }
    let (job, state) = (&row.job, row.state.as_str());
    let later = if row.state.is_final() { "submit the film again" } else { "ask again when it is encoded" };
    let message = format!("the frames of job {job} are not listed: it is {state}; {later}");
    Err(refused(ErrorCode::NotReady, message))
}

fn result(call: &Call, row: &JobRow) -> Result<Film, Failure> {
    let (job, state) = (&row.job, row.state.as_str());
    if row.state != JobState::Completed {
        let message = format!("job {job} has no result: it is {state}; of=source shows its source");
        return Err(refused(ErrorCode::NotReady, message));
    }
    if let Some(at) = row.result_removed_at {
        let message = format!("the result of job {job} {}", jobs::removed(at));
        return Err(refused(ErrorCode::ResultRemoved, message));
    }
    if row.spec.ladder.is_some() {
        let message =
            format!("job {job} makes a stream, whose frames players show; of=source shows its source");
        return Err(refused(ErrorCode::NotReady, message));
    }
    let blob = Blob::Result(job.clone(), row.output_name.clone());
    Ok(Film::Result(call.services.runner.store.blobs.path(&blob)))
}

struct Picture {
    of: Film,
    wanted: Wanted,
}

#[derive(Debug, Clone, Copy)]
enum Wanted {
    Frame(u64, Option<u32>),
    Strip(u64),
}

async fn send(call: &Call, row: &JobRow, Picture { of, wanted }: Picture) -> Result<Response, Failure> {
    let context = RunContext::looking(&call.services.runner, row);
    let film = shown::open(&context, of, row.completed_at).await.map_err(|fault| gone(row, fault))?;
    let tag = tag(row, &film, wanted);
    if tagged::has(&call.headers, &tag) {
        return Ok(told(StatusCode::NOT_MODIFIED.into_response(), &tag, None));
    }
    let stills = &call.services.stills;
    let why = |unseen| unseen_by(row, wanted, unseen);
    let place = stills.place().map_err(why)?;
    let listing =
        row.film.as_ref().map(|known| Listing { by: known.indexed_by, frames: known.first().units });
    let listing = listing.unwrap_or(Listing { by: IndexedBy::Packets, frames: 0 });
    let look = Look { context: &context, film: &film, listing };
    let (picture, kind) = match wanted {
        Wanted::Frame(n, width) => (stills.frame(look, n, width).await, "image/png"),
        Wanted::Strip(count) => (stills.strip(look, count).await, "image/jpeg"),
    };
    let picture = picture.map_err(why)?;
    let room = room(call, &picture).await.ok_or_else(|| why(Unseen::Busy))?;
    drop(place);
    Ok(told(held(picture, room), &tag, Some(kind)))
}

fn tag(row: &JobRow, film: &Shown, wanted: Wanted) -> String {
    let all = format!("{} {} {wanted:?}", row.job, film.tag);
    format!("\"{}\"", &digest::of_bytes(all.as_bytes())[..32])
}

async fn room(call: &Call, picture: &Bytes) -> Option<OwnedSemaphorePermit> {
    let kib = u32::try_from(picture.len().div_ceil(1024)).ok()?;
    let room = call.services.sent.clone().acquire_many_owned(kib);
    tokio::time::timeout(ROOM_WITHIN, room).await.ok()?.ok()
}

/// The picture in parts, which holds its room until the last of them is on its way.
fn held(picture: Bytes, room: OwnedSemaphorePermit) -> Response {
    let length = picture.len();
    let parts = (0..length).step_by(PART_BYTES).map(move |at| {
        let _room = &room;
        Ok::<_, std::convert::Infallible>(picture.slice(at..(at + PART_BYTES).min(picture.len())))
    });
    let mut answer = warp::reply::stream(stream::iter(parts)).into_response();
    answer.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    answer
}

fn told(mut answer: Response, tag: &str, kind: Option<&'static str>) -> Response {
    let said = [(header::ETAG, Some(tag)), (header::CONTENT_TYPE, kind)];
    for (name, value) in said {
        answer.headers_mut().remove(&name);
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            answer.headers_mut().insert(name, value);
        }
    }
    // Asked for again each time, because only the server knows whether the caller may still see it.
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    answer
}

fn gone(row: &JobRow, fault: Fault) -> Failure {
    let is_ours = matches!(row.spec.source, SourceAt::Upload(_) | SourceAt::Sequence(_));
    if fault.code == FaultCode::SourceChanged && row.state.is_final() && is_ours {
        let job = &row.job;
        let message = format!(
            "the source of job {job} was deleted when the job ended; of=result shows its result, and a new job needs the film \
             once more"
        );
        return refused(ErrorCode::SourceGone, message);
    }
    failed(fault)
}

fn unseen_by(row: &JobRow, wanted: Wanted, unseen: Unseen) -> Failure {
    let job = &row.job;
    match (unseen, wanted) {
        (Unseen::Beyond(frames), Wanted::Frame(..)) => refused(
            ErrorCode::FrameNotFound,
            format!(
                "the film of job {job} has {frames} frames, with numbers from 0 to {}",
                frames.max(1) - 1
            ),
        ),
        (Unseen::Beyond(frames), Wanted::Strip(_)) => {
            refused(ErrorCode::FrameNotFound, format!("the film of job {job} has {frames} frames"))
        }
        (Unseen::Busy, _) => {
            let message = "too many people look at frames now; ask again in a moment";
            refused(ErrorCode::Busy, message).saying("retry-after", "1")
        }
        (Unseen::Slow(why), _) => refused(ErrorCode::OverBound, format!("job {job}: {why}")),
        (Unseen::Failed(fault), _) => failed(fault),
    }
}

fn failed(fault: Fault) -> Failure {
    let Fault { code, message, .. } = &fault;
    match code {
        FaultCode::SourceChanged => refused(ErrorCode::SourceGone, message),
        FaultCode::OverBound => {
            refused(ErrorCode::OverBound, format!("{message}; a smaller width may do, such as width=1920"))
        }
        FaultCode::SourceUnreadable | FaultCode::Unsupported => refused(ErrorCode::NotAFilm, message),
        FaultCode::DiskFull => refused(ErrorCode::DiskFull, message),
        _ => {
            let why = fault.tail.last().map(|line| format!(": {line}")).unwrap_or_default();
            refused(ErrorCode::Internal, format!("{message}{why}"))
        }
    }
}
