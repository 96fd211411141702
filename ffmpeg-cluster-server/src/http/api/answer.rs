//! Replies → HTTP answers.

use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::reply::Reply;
use serde::Serialize;
use warp::Reply as _;
use warp::http::StatusCode;
use warp::reply::Response;

pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    warp::reply::with_status(warp::reply::json(body), status).into_response()
}

pub(super) fn answer(reply: &Reply) -> Response {
    let status = match reply {
        Reply::Error { code, .. } => status_of(*code),
        Reply::JobCreated { .. } => StatusCode::CREATED,
        Reply::JobStatus(_)
        | Reply::JobsList(_)
        | Reply::ClientsList(_)
        | Reply::ClientDisconnected { .. }
        | Reply::ClientForgiven { .. } => StatusCode::OK,
    };
    json(status, reply)
}

pub(crate) fn error(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Response {
    json(status, &Reply::Error { code, message: message.into() })
}

pub(crate) fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::InvalidRequest
        | ErrorCode::UnknownCommand
        | ErrorCode::InvalidParameters
        | ErrorCode::UnknownEncoder
        | ErrorCode::UnknownContainer
        | ErrorCode::InvalidName
        | ErrorCode::NotAFile => StatusCode::BAD_REQUEST,
        ErrorCode::FileNotFound
        | ErrorCode::JobNotFound
        | ErrorCode::ClientNotFound
        | ErrorCode::UploadNotFound => StatusCode::NOT_FOUND,
        ErrorCode::NotAllowed | ErrorCode::TlsRequired => StatusCode::FORBIDDEN,
        ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorCode::NotAFilm | ErrorCode::OverBound => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::JobFinished | ErrorCode::UploadIncomplete | ErrorCode::UploadInUse => StatusCode::CONFLICT,
        ErrorCode::QuotaExceeded => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::ResultRemoved => StatusCode::GONE,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::Busy => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
