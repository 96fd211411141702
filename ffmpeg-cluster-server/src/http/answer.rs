//! Answers: a reply, or a problem.

use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::reply::Reply;
use serde::Serialize;
use warp::Reply as _;
use warp::http::{HeaderName, HeaderValue, StatusCode};
use warp::reply::Response;

use super::problem::Problem;
use crate::admission::Refused;

/// An answer that ends a call early.
#[derive(Debug)]
pub(crate) struct Failure(Box<Response>);

impl Failure {
    /// For a status that fits better than the one of the code.
    pub(crate) fn at(status: StatusCode, code: ErrorCode, message: impl Into<String>) -> Self {
        Problem::new(status, code, message).into()
    }

    /// With a header that tells more.
    pub(crate) fn saying(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::try_from(value) {
            self.0.headers_mut().insert(HeaderName::from_static(name), value);
        }
        self
    }

    pub(crate) fn nowhere() -> Self {
        Self::at(StatusCode::NOT_FOUND, ErrorCode::InvalidRequest, "there is nothing at this address")
    }

    pub(crate) fn answer(self) -> Response {
        *self.0
    }
}

impl From<Response> for Failure {
    fn from(answer: Response) -> Self {
        Self(Box::new(answer))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        problem.response().into()
    }
}

impl From<Refused> for Failure {
    fn from(Refused { code, message }: Refused) -> Self {
        Self::at(status_of(code), code, message)
    }
}

pub(crate) fn refused(code: ErrorCode, message: impl Into<String>) -> Failure {
    Failure::at(status_of(code), code, message)
}

pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    warp::reply::with_status(warp::reply::json(body), status).into_response()
}

pub(crate) fn reply(reply: &Reply) -> Response {
    let status = match reply {
        Reply::Error { code, message } => return refused(*code, message).answer(),
        Reply::JobCreated { .. } => StatusCode::CREATED,
        Reply::JobStatus(_)
        | Reply::JobsList(_)
        | Reply::JobDeleted { .. }
        | Reply::ClientsList(_)
        | Reply::ClientDisconnected { .. }
        | Reply::ClientForgiven { .. } => StatusCode::OK,
    };
    json(status, reply)
}

/// A status and some headers, without a body.
pub(crate) fn plain(status: StatusCode, headers: &[(&'static str, String)]) -> Response {
    let mut answer = status.into_response();
    *answer.body_mut() = Default::default();
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            answer.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    answer
}

fn status_of(code: ErrorCode) -> StatusCode {
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
        | ErrorCode::UploadNotFound
        | ErrorCode::TokenNotFound
        | ErrorCode::LinkNotFound
        | ErrorCode::PresetNotFound
        | ErrorCode::WebhookNotFound
        | ErrorCode::DeliveryNotFound
        | ErrorCode::FrameNotFound => StatusCode::NOT_FOUND,
        ErrorCode::NotAllowed | ErrorCode::TlsRequired => StatusCode::FORBIDDEN,
        ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorCode::NotAFilm | ErrorCode::OverBound | ErrorCode::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::JobFinished
        | ErrorCode::JobOpen
        | ErrorCode::NotReady
        | ErrorCode::UploadIncomplete
        | ErrorCode::UploadInUse
        | ErrorCode::KeyInUse
        | ErrorCode::PresetBuiltIn => StatusCode::CONFLICT,
        ErrorCode::Changed => StatusCode::PRECONDITION_FAILED,
        ErrorCode::QuotaExceeded => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::ResultRemoved | ErrorCode::SourceGone => StatusCode::GONE,
        ErrorCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::Busy => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
