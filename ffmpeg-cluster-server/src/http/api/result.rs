//! A finished film goes out.

use ffmpeg_cluster_common::protocol::command::{ErrorCode, JobState};
use warp::http::{HeaderMap, Method, StatusCode};
use warp::reply::Response;

use super::answer::{answer, error};
use super::{sending, status};
use crate::access::Principal;
use crate::access::audit_log::Deed;
use crate::http::Services;
use crate::store::catalog::JobRow;

pub(super) async fn serve(
    id: String,
    method: Method,
    headers: HeaderMap,
    services: Services,
    principal: Principal,
) -> Response {
    let row = match status::row(&services, &principal, &id).await {
        Ok(row) => row,
        Err(refusal) => return answer(&refusal),
    };
    let answer = of_job(&services, &row, &method, &headers).await;
    services.audit_log.note_answer(&principal, Deed::FetchResult, row.job.as_str(), answer.status());
    answer
}

async fn of_job(services: &Services, row: &JobRow, method: &Method, headers: &HeaderMap) -> Response {
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
        let message = format!("the result of job {id} {}", status::removed(at));
        return error(StatusCode::GONE, ErrorCode::ResultRemoved, message);
    }
    let path = services.runner.folders().result(id, &row.output_name);
    sending::send(&path, &row.output_name, method, headers).await.unwrap_or_else(|trouble| {
        let message = format!("the result of job {id} can't be read: {trouble}");
        error(StatusCode::NOT_FOUND, ErrorCode::FileNotFound, message)
    })
}
