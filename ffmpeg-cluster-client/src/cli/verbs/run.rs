//! Sends a verb's request to the server, and shows the answer.

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::settings::parsers::Mistakes;
use ffmpeg_cluster_common::protocol::command::{Command, Framerate, JobConfig, SourceKind};
use ffmpeg_cluster_common::protocol::reply::{JobStatus, Reply};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::frame::Frame;
use super::show::{print_if, show};
use super::submit::{self, Submission};
use super::{events, frame, jobs, link, open, plan, timeline, tokens, watch};
use crate::cli::job::JobFlags;
use crate::cli::verb::Verb;
use crate::machine::folders::WorkFolder;
use crate::server::address::Server;
use crate::server::api::{Api, refusal};
use crate::submit::fetch;
use crate::submit::follow::outcome;
use crate::terminal::report;

/// Where a verb acts, and how it answers.
pub(crate) struct Place<'a> {
    pub(crate) server: &'a Server,
    pub(crate) work: &'a WorkFolder,
    /// Answers are for a program.
    pub(crate) json: bool,
}

pub(crate) async fn run(place: Place<'_>, verb: Verb, stop: CancellationToken) -> anyhow::Result<()> {
    let (api, json) = (Api::new(place.server)?, place.json);
    match verb {
        Verb::Submit { files, job, given, follow, output, sequence, framerate } => {
            let source = sequence.then_some(SourceKind::Sequence);
            let framerate = framerate.map(Framerate::Text);
            let config = JobConfig { source, framerate, ..config(&job)? };
            let follow = follow || output.is_some();
            submit::run(&api, Submission { files, config, given, follow, output, json }, &stop).await
        }
        Verb::Watch { job: Some(job) } => watch::one(&api, &job, json, &stop).await,
        Verb::Watch { job: None } => watch::open(&api, json, &stop).await,
        Verb::Events { after, types, job } => {
            events::run(&api, events::Wanted { after, types, job }, json, &stop).await
        }
        verb => tokio::select! {
            done = obey(&api, &place, verb) => done,
            () = stop.cancelled() => bail!("stopped"),
        },
    }
}

fn config(job: &JobFlags) -> anyhow::Result<JobConfig> {
    let mut mistakes = Mistakes::default();
    let config = job.config(&mut mistakes);
    ensure!(mistakes.0.is_empty(), "{}", mistakes.0.join("; "));
    Ok(config)
}

async fn obey(api: &Api, place: &Place<'_>, verb: Verb) -> anyhow::Result<()> {
    let json = place.json;
    let command = match verb {
        Verb::Submit { .. } | Verb::Watch { .. } | Verb::Events { .. } => {
            bail!("this verb needs more than one request")
        }
        Verb::FetchFfmpeg { .. } | Verb::Config { .. } | Verb::Completions { .. } | Verb::Man { .. } => {
            bail!("this verb sends no request to a server")
        }
        Verb::Link(wanted) => return link::run(api, &wanted, json).await,
        Verb::Tokens { what } => return tokens::run(api, what, json).await,
        Verb::Plan { files, job, given } => {
            return plan::run(api, &files, plan::Wanted { config: config(&job)?, given }, json).await;
        }
        Verb::Explain { job } => return explain(api, &job, json).await,
        Verb::Report { job } => return proof(api, &job, json).await,
        Verb::Timeline { job, trace } => return timeline::run(api, &job, trace.as_deref(), json).await,
        Verb::Frame { job, number, of, output } => {
            return frame::run(api, Frame { job, number, of: of.unwrap_or("source"), output }, json).await;
        }
        Verb::Open => return open::run(api, place.work, json).await,
        Verb::Download { job, output } => return download(api, job, output, json).await,
        Verb::Status { job } => return status(api, job, json).await,
        Verb::Jobs { wanted } if !wanted.is_all() => return jobs::run(api, &wanted, json).await,
        Verb::Jobs { .. } => Command::ListJobs(None),
        Verb::Clients => Command::ListClients(None),
        Verb::Start { job } => Command::StartJob { job_id: job },
        Verb::PauseJob { job, now } => Command::PauseJob { job_id: job, now },
        Verb::ResumeJob { job } => Command::ResumeJob { job_id: job },
        Verb::Priority { job, level } => Command::SetPriority { job_id: job, priority: level },
        Verb::Move { job, before, after } => Command::MoveJob { job_id: job, before, after },
        Verb::Cancel { job } => Command::CancelJob { job_id: job },
        Verb::Retry { job } => Command::RetryJob { job_id: job },
        Verb::Delete { job } => Command::DeleteJob { job_id: job },
        Verb::Forgive { client } => Command::ForgiveClient { client_id: client },
        Verb::Disconnect { client } => Command::DisconnectClient { client_id: client },
    };
    let value = api.raw(&command).await?;
    show(api, value, json)
}

/// The job as the REST API tells it. A server that is older than that tells less of it.
async fn job(api: &Api, job: &str) -> anyhow::Result<Value> {
    let job: JobId = job.parse().context("the job's identity")?;
    let mut value = api.read(&format!("/api/v1/jobs/{job}")).await?;
    Ok(if value["JobStatus"].is_object() { value["JobStatus"].take() } else { value })
}

async fn status(api: &Api, id: String, json: bool) -> anyhow::Result<()> {
    if json {
        return show(api, api.raw(&Command::GetJobStatus { job_id: id }).await?, json);
    }
    let value = job(api, &id).await?;
    let status: JobStatus = serde_json::from_value(value.clone()).context("reading the job")?;
    report::job(&status);
    let asked = [("name", "name"), ("params", "ffmpeg_params"), ("owner", "owner")];
    let word = |key: &str| value[key].as_str().filter(|word| !word.is_empty());
    let asked = asked.map(|(label, key)| word(key).map(|word| format!("{label:<8} {word}")));
    report::labelled(&asked.into_iter().flatten().chain(turn(&value)).collect::<Vec<_>>());
    Ok(())
}

/// When an open job's turn is.
fn turn(job: &Value) -> Option<String> {
    let position = job["position"].as_u64()?;
    let priority = job["priority"].as_str().unwrap_or("normal");
    let paused = if job["paused"].as_bool().unwrap_or_default() { ", paused" } else { "" };
    Some(format!("turn     {priority} priority, number {position} of the open jobs{paused}"))
}

async fn proof(api: &Api, id: &str, json: bool) -> anyhow::Result<()> {
    let value = job(api, id).await?;
    let status: JobStatus = serde_json::from_value(value.clone()).context("reading the job")?;
    let Some(report) = &status.report else {
        bail!("job {id} has no proof: it is {}", status.status.as_str())
    };
    if json {
        report::line(&value["report"].to_string());
    } else {
        report::proof_alone(report);
    }
    Ok(())
}

async fn explain(api: &Api, job: &str, json: bool) -> anyhow::Result<()> {
    let job: JobId = job.parse().context("the job's identity")?;
    let value = api.get(&format!("/api/v1/jobs/{job}/explain")).await?;
    print_if(json, &value);
    if let Some(trouble) = refusal(&value) {
        bail!(trouble);
    }
    if !json {
        report::line(value["status"].as_str().unwrap_or_default());
        for line in value["explain"].as_array().into_iter().flatten() {
            report::sentence(&format!("  {}", line.as_str().unwrap_or_default()), 2);
        }
    }
    Ok(())
}

async fn download(api: &Api, job: String, output: Option<PathBuf>, json: bool) -> anyhow::Result<()> {
    let place = fetch::Place::new(output)?;
    let value = api.raw(&Command::GetJobStatus { job_id: job.clone() }).await?;
    print_if(json && refusal(&value).is_some(), &value);
    let Reply::JobStatus(status) = api.reply(value)? else {
        bail!("the server did not answer with a job's status")
    };
    outcome(&status)?;
    let path = fetch::fetch(api, &status, &place).await?;
    if json {
        return fetch::tell(api, &job, Some(&path)).await;
    }
    report::line(&path.display().to_string());
    Ok(())
}
