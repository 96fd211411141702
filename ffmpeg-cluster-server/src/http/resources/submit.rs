//! What changes jobs over REST. Each is the command of `/ws/command`, and answers with the job.

use ffmpeg_cluster_common::cluster::event::JobSpec;
use ffmpeg_cluster_common::ids::UploadId;
use ffmpeg_cluster_common::protocol::command::{Command, ErrorCode, JobConfig};
use ffmpeg_cluster_common::protocol::reply::Reply;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::http::{HeaderValue, StatusCode, header};
use warp::reply::Response;

use super::{commands, jobs};
use crate::admission::Refused;
use crate::http::answer::{Failure, json, refused};
use crate::http::call::Call;
use crate::http::tagged::Tag;

/// A job to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct JobNew {
    source: JobSource,
    #[serde(default)]
    config: Option<JobConfig>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum JobSource {
    /// A film on the server's machine, below a media root.
    Path(String),
    /// An upload.
    Upload(String),
}

impl JobNew {
    fn command(self) -> Result<Command, Refused> {
        let config = self.config;
        Ok(match self.source {
            JobSource::Path(file_path) => {
                Command::ProcessLocalFile { file_path, source: None, framerate: None, config }
            }
            JobSource::Upload(upload) => {
                let upload = upload.parse::<UploadId>();
                let upload_id =
                    upload.map_err(|bad| Refused::new(ErrorCode::UploadNotFound, bad.to_string()))?;
                Command::ProcessUpload { upload_id, config }
            }
        })
    }
}

pub(in crate::http) async fn create(mut call: Call) -> Result<Response, Failure> {
    let command = call.json::<JobNew>()?.command()?;
    let principal = call.principal()?;
    let job = match commands::carry_out(&call.services, principal, command).await {
        Reply::JobCreated { job_id } => job_id,
        other => return Err(unexpected(other)),
    };
    let made = jobs::job(&call.services, principal, job.as_str()).await?;
    let mut answer = json(StatusCode::CREATED, &made);
    for (name, value) in
        [(header::LOCATION, format!("/api/v1/jobs/{job}")), (header::ETAG, Tag::Strong.of(&made))]
    {
        if let Ok(value) = HeaderValue::try_from(value) {
            answer.headers_mut().insert(name, value);
        }
    }
    Ok(answer)
}

/// What would become of a job. Nothing is made.
#[derive(Debug, Serialize, JsonSchema)]
pub(in crate::http) struct Plan {
    accepted: bool,
    problems: Vec<PlanProblem>,
    #[serde(flatten)]
    job: Option<PlannedJob>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PlanProblem {
    code: ErrorCode,
    message: String,
}

/// The job, with every setting that it would have.
#[derive(Debug, Serialize, JsonSchema)]
struct PlannedJob {
    file_name: String,
    output_name: String,
    ffmpeg_params: String,
    required_clients: u32,
    exactly: bool,
}

pub(in crate::http) async fn plan(mut call: Call) -> Result<Response, Failure> {
    let command = call.json::<JobNew>()?.command()?;
    let plan = match commands::spec(&call.services, call.principal()?, command).await {
        Ok(spec) => {
            let JobSpec { file_name, output_name, params_text, required_clients, exactly, .. } = spec;
            let ffmpeg_params = params_text;
            let job = PlannedJob { file_name, output_name, ffmpeg_params, required_clients, exactly };
            Plan { accepted: true, problems: Vec::new(), job: Some(job) }
        }
        Err(refused @ Refused { code: ErrorCode::Busy | ErrorCode::Internal, .. }) => {
            return Err(refused.into());
        }
        Err(Refused { code, message }) => {
            Plan { accepted: false, problems: vec![PlanProblem { code, message }], job: None }
        }
    };
    Ok(json(StatusCode::OK, &plan))
}

pub(in crate::http) async fn cancel(call: Call) -> Result<Response, Failure> {
    let job_id = call.name.clone();
    changed(&call, Command::CancelJob { job_id }).await
}

pub(in crate::http) async fn start(call: Call) -> Result<Response, Failure> {
    let job_id = call.name.clone();
    changed(&call, Command::StartJob { job_id }).await
}

pub(super) async fn changed(call: &Call, command: Command) -> Result<Response, Failure> {
    let principal = call.principal()?;
    match commands::carry_out(&call.services, principal, command).await {
        Reply::JobStatus(status) => {
            let job = jobs::job(&call.services, principal, status.job_id.as_str()).await?;
            Ok(json(StatusCode::OK, &job))
        }
        other => Err(unexpected(other)),
    }
}

/// An error; any other reply belongs to another command.
fn unexpected(reply: Reply) -> Failure {
    match reply {
        Reply::Error { code, message } => refused(code, message),
        other => {
            tracing::error!("a command was answered with {other:?}");
            refused(ErrorCode::Internal, "internal server error; the server's log says why")
        }
    }
}
