//! Pauses and resumes jobs over REST.

use ffmpeg_cluster_common::protocol::command::Command;
use schemars::JsonSchema;
use serde::Deserialize;
use warp::reply::Response;

use super::submit::changed;
use crate::http::answer::Failure;
use crate::http::call::Call;

/// How a job is paused.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::http) struct Pause {
    /// Takes back what its clients encode, without blame; otherwise that runs to its end.
    #[serde(default)]
    now: bool,
}

pub(in crate::http) async fn pause(mut call: Call) -> Result<Response, Failure> {
    let job_id = call.name.clone();
    let Pause { now } = if call.is_empty() { Pause::default() } else { call.json()? };
    changed(&call, Command::PauseJob { job_id, now }).await
}

pub(in crate::http) async fn resume(call: Call) -> Result<Response, Failure> {
    let job_id = call.name.clone();
    changed(&call, Command::ResumeJob { job_id }).await
}
