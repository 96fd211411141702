//! A job as it was asked for over REST, and the answer that it was made.

use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::protocol::command::{Command, ErrorCode};
use ffmpeg_cluster_common::protocol::reply::Reply;
use warp::Reply as _;
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

use super::{commands, job_tag, jobs};
use crate::access::Principal;
use crate::admission::{Refused, internal};
use crate::http::Services;
use crate::http::answer::{Failure, refused};
use crate::store::catalog::Given;

/// A job as it was asked for.
pub(super) struct Wanted {
    pub(super) command: Command,
    pub(super) given: Given,
}

/// A job that was made, and the answer that says so.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) job: JobId,
    /// The job as JSON.
    pub(super) text: String,
    /// It was answered before.
    pub(super) is_again: bool,
}

impl Wanted {
    pub(super) async fn make(self, services: &Services, principal: &Principal) -> Result<Made, Failure> {
        match commands::make(services, principal, self.command, self.given).await {
            Reply::JobCreated { job_id } => Ok(Made::now(services, principal, job_id).await?),
            other => Err(unexpected(other)),
        }
    }
}

impl Made {
    pub(super) async fn now(services: &Services, principal: &Principal, job: JobId) -> Result<Self, Refused> {
        let made = jobs::job(services, principal, job.as_str()).await?;
        let text = serde_json::to_string(&made).map_err(|error| internal(&error.into()))?;
        Ok(Self { job, text, is_again: false })
    }

    pub(super) fn answer(self) -> Response {
        let (tag, location) = (job_tag::of(&self.text), format!("/api/v1/jobs/{}", self.job));
        let mut answer = warp::reply::with_status(self.text, StatusCode::CREATED).into_response();
        let again = self.is_again.then(|| ("idempotent-replayed", "true".to_owned()));
        let kind = ("content-type", "application/json".to_owned());
        for (name, value) in [kind, ("location", location), ("etag", tag)].into_iter().chain(again) {
            if let Ok(value) = HeaderValue::try_from(value) {
                answer.headers_mut().insert(name, value);
            }
        }
        answer
    }
}

/// An error; any other reply belongs to another command.
pub(super) fn unexpected(reply: Reply) -> Failure {
    match reply {
        Reply::Error { code, message } => refused(code, message),
        other => {
            tracing::error!("a command was answered with {other:?}");
            refused(ErrorCode::Internal, "internal server error; the server's log says why")
        }
    }
}
