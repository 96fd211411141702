//! Sends a finished film.

use ffmpeg_cluster_common::protocol::command::{ErrorCode, JobState};
use warp::reply::Response;

use super::{jobs, names};
use crate::access::audit_log::AuditAction;
use crate::http::answer::{Failure, refused};
use crate::http::call::Call;
use crate::http::query::{Kind, Parameter};
use crate::http::sending;
use crate::store::blobs::Blob;
use crate::store::catalog::JobRow;

pub(in crate::http) const PARAMETERS: &[Parameter] =
    &[Parameter { name: "inline", kind: Kind::OneOf(&["0", "1"]), about: "1: a browser plays it in place" }];

pub(in crate::http) async fn send(call: Call) -> Result<Response, Failure> {
    let principal = call.principal()?;
    let row = names::job(&call.services, principal, &call.name).await?;
    let answer = of_job(&call, &row).await.unwrap_or_else(Failure::answer);
    call.services.audit_log.note_answer(
        principal,
        AuditAction::FetchResult,
        row.job.as_str(),
        answer.status(),
    );
    Ok(answer)
}

async fn of_job(call: &Call, row: &JobRow) -> Result<Response, Failure> {
    let id = &row.job;
    if row.state != JobState::Completed {
        let message = format!("job {id} has no result: it is {}", row.state.as_str());
        return Err(refused(ErrorCode::FileNotFound, message));
    }
    if let Some(at) = row.result_removed_at {
        let message = format!("the result of job {id} {}", jobs::removed(at));
        return Err(refused(ErrorCode::ResultRemoved, message));
    }
    if row.spec.ladder.is_some() {
        let message = format!("job {id} makes a stream, not a file: {}", jobs::product_path(row));
        return Err(refused(ErrorCode::FileNotFound, message));
    }
    let result = Blob::Result(id.clone(), row.output_name.clone());
    let unread = |trouble: std::io::Error| {
        refused(ErrorCode::FileNotFound, format!("the result of job {id} can't be read: {trouble}"))
    };
    let file = call.services.runner.store.blobs.open(&result).await.map_err(unread)?;
    sending::send(file, &row.output_name, call).await.map_err(unread)
}
