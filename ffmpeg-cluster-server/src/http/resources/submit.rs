//! What changes jobs over REST. Each is the command of `/ws/command`, and answers with the job.

use ffmpeg_cluster_common::cluster::event::JobSpec;
use ffmpeg_cluster_common::ids::UploadId;
use ffmpeg_cluster_common::protocol::command::{Command, ErrorCode, JobConfig};
use ffmpeg_cluster_common::protocol::reply::Reply;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::http::StatusCode;
use warp::reply::Response;

use super::made::{Wanted, unexpected};
use super::{commands, jobs, making, naming, once};
use crate::admission::{Refused, object, presets};
use crate::http::Services;
use crate::http::answer::{Failure, json, plain};
use crate::http::call::Call;
use crate::store::catalog::{Given, Labels, Named};

/// A job to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct JobNew {
    source: JobSource,
    #[serde(default, deserialize_with = "object")]
    #[schemars(with = "Option<JobConfig>")]
    config: Option<JobConfig>,
    /// A preset, whose settings count where `config` has none.
    #[serde(default)]
    preset: Option<String>,
    /// What people call the job; at most 200 characters.
    #[serde(default)]
    name: Option<String>,
    /// At most 16 words for scripts.
    #[serde(default)]
    labels: Labels,
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
    async fn wanted(self, services: &Services) -> Result<Wanted, Failure> {
        let named = Named { name: self.name, labels: self.labels };
        naming::check(&named)?;
        let config = match &self.preset {
            Some(name) => Some(presets::settings(&services.admission, name, self.config).await?),
            None => self.config,
        };
        let command = self.source.command(config)?;
        Ok(Wanted { command, given: Given { named, preset: self.preset, ..Given::default() } })
    }
}

impl JobSource {
    fn command(self, config: Option<JobConfig>) -> Result<Command, Refused> {
        Ok(match self {
            Self::Path(file_path) => {
                Command::ProcessLocalFile { file_path, source: None, framerate: None, config }
            }
            Self::Upload(upload) => {
                let upload = upload.parse::<UploadId>();
                let upload_id =
                    upload.map_err(|bad| Refused::new(ErrorCode::UploadNotFound, bad.to_string()))?;
                Command::ProcessUpload { upload_id, config }
            }
        })
    }
}

pub(in crate::http) async fn create(mut call: Call) -> Result<Response, Failure> {
    call.check_json()?;
    let (body, principal) = (call.bytes(), call.principal()?);
    let request = once::request(&call.headers, principal.owner(), "POST /api/v1/jobs", &body)?;
    let mut wanted = Call::read::<JobNew>(&body)?.wanted(&call.services).await?;
    wanted.given.request = request;
    Ok(once::made(&call.services, principal, wanted).await?.answer())
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
    let command = call.json::<JobNew>()?.wanted(&call.services).await?.command;
    let plan = match making::spec(&call.services, call.principal()?, command).await {
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

/// The new job of a failed or cancelled one.
pub(in crate::http) async fn retry(call: Call) -> Result<Response, Failure> {
    let (job_id, principal) = (call.name.clone(), call.principal()?);
    let address = "POST /api/v1/jobs/{job}/retry";
    let request = once::request(&call.headers, principal.owner(), address, job_id.as_bytes())?;
    let wanted =
        Wanted { command: Command::RetryJob { job_id }, given: Given { request, ..Given::default() } };
    Ok(once::made(&call.services, principal, wanted).await?.answer())
}

pub(in crate::http) async fn delete(call: Call) -> Result<Response, Failure> {
    let job_id = call.name.clone();
    match commands::carry_out(&call.services, call.principal()?, Command::DeleteJob { job_id }).await {
        Reply::JobDeleted { .. } => Ok(plain(StatusCode::NO_CONTENT, &[])),
        other => Err(unexpected(other)),
    }
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
