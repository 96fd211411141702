//! Sends the files of a stream, as players ask for them.

use ffmpeg_cluster_common::protocol::command::{ErrorCode, JobState};
use ffmpeg_cluster_common::protocol::transfer::{STREAM_SUMS, result_path};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

use super::{jobs, names};
use crate::access::audit_log::{self, AuditAction};
use crate::access::watch_links;
use crate::admission::internal;
use crate::http::answer::{self, Failure, refused};
use crate::http::call::Call;
use crate::http::sending::{self, SentAs};
use crate::store::blobs::{Blob, StreamFile};
use crate::store::catalog::JobRow;

/// How long caches may keep a file. A media segment never changes.
struct Caches {
    segment: &'static str,
    list: &'static str,
}

/// Only callers with a token get it, so no cache shares it.
const OWN: Caches = Caches { segment: "private, max-age=31536000, immutable", list: "private, max-age=60" };
/// The link is in the address.
const SHARED: Caches = Caches { segment: "public, max-age=31536000, immutable", list: "public, max-age=60" };

pub(in crate::http) async fn send(call: Call) -> Result<Response, Failure> {
    let principal = call.principal()?;
    let (job, path) = call.name.split_once('/').unwrap_or((&call.name, ""));
    let row = names::job(&call.services, principal, job).await?;
    let answer = of_job(&call, &row, path, &OWN).await.unwrap_or_else(Failure::answer);
    // Whoever plays the stream begins with a list; thousands of media segments follow.
    if !path.contains('/') {
        let (action, id) = (AuditAction::FetchResult, row.job.as_str());
        call.services.audit_log.note_answer(principal, action, id, answer.status());
    }
    Ok(answer)
}

/// For players, which show no token: the code in the address is enough, from pages of any origin.
pub(in crate::http) async fn watch(call: Call) -> Result<Response, Failure> {
    let answer = watched(&call).await.unwrap_or_else(Failure::answer);
    Ok(saying(answer, &FOR_ALL_PAGES))
}

async fn watched(call: &Call) -> Result<Response, Failure> {
    let (services, (code, path)) = (&call.services, call.name.split_once('/').unwrap_or_default());
    let gone = || {
        let message = "no stream is at this link: it has expired, was ended, or is mistyped";
        refused(ErrorCode::LinkNotFound, message)
    };
    let link = services.watch_links.find(code).await.map_err(|error| internal(&error))?.ok_or_else(gone)?;
    let row = services.runner.store.reader.job(&link.job).await.map_err(|error| internal(&error))?;
    let answer = of_job(call, &row.ok_or_else(gone)?, path, &SHARED).await.unwrap_or_else(Failure::answer);
    if services.watch_links.is_news(&link) {
        let about = format!("{} by link {}", link.job, watch_links::name(&link));
        let outcome = audit_log::of_status(answer.status());
        services.audit_log.note_stranger(call.caller.from, "watch", &about, &outcome);
    }
    Ok(answer)
}

const FOR_ALL_PAGES: [(&str, &str); 3] = [
    ("access-control-allow-origin", "*"),
    ("access-control-expose-headers", "Accept-Ranges, Content-Length, Content-Range, ETag"),
    ("cross-origin-resource-policy", "cross-origin"),
];
/// What a browser asks before it lets a page ask for a range.
const MAY_ASK: [(&str, &str); 3] = [
    ("access-control-allow-methods", "GET, HEAD"),
    ("access-control-allow-headers", "If-None-Match, If-Range, Range"),
    ("access-control-max-age", "86400"),
];

pub(in crate::http) fn may_watch(_: &Call) -> Result<Response, Failure> {
    let answer = answer::plain(StatusCode::NO_CONTENT, &[]);
    Ok(saying(saying(answer, &FOR_ALL_PAGES), &MAY_ASK))
}

fn saying(mut answer: Response, headers: &[(&'static str, &'static str)]) -> Response {
    for (name, value) in headers {
        answer.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    answer
}

async fn of_job(call: &Call, row: &JobRow, path: &str, caches: &Caches) -> Result<Response, Failure> {
    let id = &row.job;
    let none = |message: String| refused(ErrorCode::FileNotFound, message);
    if row.spec.ladder.is_none() {
        return Err(none(format!("job {id} makes a file, not a stream: {}", result_path(id))));
    }
    if row.state != JobState::Completed {
        return Err(none(format!("job {id} has no stream: it is {}", row.state.as_str())));
    }
    if let Some(at) = row.result_removed_at {
        let message = format!("the stream of job {id} {}", jobs::removed(at));
        return Err(refused(ErrorCode::ResultRemoved, message));
    }
    let file = StreamFile::read(path);
    let file = file.ok_or_else(|| none(format!("the stream of job {id} has no such file")))?;
    let unread = |trouble: std::io::Error| match trouble.kind() {
        std::io::ErrorKind::NotFound => none(format!("the stream of job {id} has no file {}", file.path())),
        _ => none(format!("{} of the stream of job {id} can't be read: {trouble}", file.path())),
    };
    let opened = call.services.runner.store.blobs.open(&Blob::OfStream(id.clone(), file.clone())).await;
    let opened = opened.map_err(unread)?;
    if opened.metadata().await.is_ok_and(|about| about.is_dir()) {
        return Err(none(format!("{} of the stream of job {id} is a folder", file.path())));
    }
    sending::send_as(opened, call, form(&file, caches)).await.map_err(unread)
}

fn form(file: &StreamFile, caches: &Caches) -> SentAs<'static> {
    let name = file.name();
    let is_sound = file.path().starts_with("a/");
    let (kind, cache) = match name.rsplit_once('.').map_or("", |(_, suffix)| suffix) {
        "m3u8" => ("application/vnd.apple.mpegurl", caches.list),
        "mpd" => ("application/dash+xml", caches.list),
        "mp4" if is_sound => ("audio/mp4", caches.segment),
        "mp4" => ("video/mp4", caches.segment),
        "vtt" => ("text/vtt; charset=utf-8", caches.segment),
        "m4s" if is_sound => ("audio/iso.segment", caches.segment),
        "m4s" => ("video/iso.segment", caches.segment),
        _ if name == STREAM_SUMS => ("text/plain; charset=utf-8", caches.list),
        _ => ("application/octet-stream", caches.list),
    };
    SentAs { kind, disposition: "inline".into(), cache: Some(cache) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_out_of_the_stream() {
        for path in [
            "",
            ".",
            "..",
            "../o.mp4",
            "v/../../o.mp4",
            "v/..",
            "v//x",
            "/etc/passwd",
            "v/",
            "..%2f",
            "v%2f720p",
            "a\\b",
            "c:",
            ".joining",
            "v/.x",
            "v/x\0",
            "v/ä",
        ] {
            assert_eq!(StreamFile::read(path), None, "{path:?}");
        }
        for path in ["master.m3u8", "v/720p/00000.m4s", "SHA256SUMS", "a/eng-0-0/init.mp4"] {
            assert!(StreamFile::read(path).is_some_and(|file| file.path() == path), "{path}");
        }
    }

    #[test]
    fn each_file_is_sent_as_what_players_know() {
        let told = |path: &str| {
            let form = form(&StreamFile::read(path).unwrap(), &OWN);
            (form.kind.to_owned(), form.cache == Some(OWN.segment))
        };
        assert_eq!(told("master.m3u8"), ("application/vnd.apple.mpegurl".into(), false));
        assert_eq!(told("manifest.mpd"), ("application/dash+xml".into(), false));
        assert_eq!(told("v/720p/00001.m4s"), ("video/iso.segment".into(), true));
        assert_eq!(told("a/und-0-0/init.mp4"), ("audio/mp4".into(), true));
        assert_eq!(told("SHA256SUMS"), ("text/plain; charset=utf-8".into(), false));
    }
}
