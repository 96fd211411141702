//! What people type to submit and watch.

mod table;

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;
use ffmpeg_cluster_common::ids::ClientId;
use ffmpeg_cluster_common::protocol::command::{Command, JobConfig, Reply};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::api::{Api, outcome};
use crate::config::{JobFlags, Server};
use crate::{fetch, follow, report};

#[derive(Debug, Clone, Subcommand)]
pub enum Verb {
    /// Hand in a film that lies on the server's machine.
    Submit {
        file: PathBuf,
        #[command(flatten)]
        job: JobFlags,
        /// Wait for the end of the job and show its progress.
        #[arg(long)]
        follow: bool,
    },
    /// One job, with its proof when it is done.
    Status { job: String },
    /// Why a job waits, or what it is doing.
    Explain { job: String },
    /// All jobs, the newest first.
    Jobs,
    /// All clients, and what they do.
    Clients,
    /// Stop a job and free what it holds.
    Cancel { job: String },
    /// Send a client away.
    Disconnect { client: String },
    /// Fetch a job's result.
    Download {
        job: String,
        /// Where to put it [default: the job's output name, in the current folder].
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
}

/// `--json` prints the server's reply as it came.
pub async fn run(server: &Server, verb: Verb, json: bool, stop: CancellationToken) -> anyhow::Result<()> {
    let api = Api::new(server)?;
    tokio::select! {
        done = obey(&api, verb, json, &stop) => done,
        () = stop.cancelled() => bail!("stopped"),
    }
}

async fn obey(api: &Api, verb: Verb, json: bool, stop: &CancellationToken) -> anyhow::Result<()> {
    match verb {
        Verb::Submit { file, job, follow } => {
            let config = job.config().map_err(|problems| anyhow::anyhow!(problems.join("; ")))?;
            submit(api, file, config, (follow, json), stop).await
        }
        Verb::Explain { job } => explain(api, &job, json).await,
        Verb::Download { job, output } => {
            let status = api.status(&job).await?;
            outcome(&status)?;
            let path = fetch::fetch(api, &status, output).await?;
            report::line(&format!("{}", path.display()));
            Ok(())
        }
        Verb::Status { job } => plain(api, Command::GetJobStatus { job_id: job }, json).await,
        Verb::Jobs => plain(api, Command::ListJobs(None), json).await,
        Verb::Clients => plain(api, Command::ListClients(None), json).await,
        Verb::Cancel { job } => plain(api, Command::CancelJob { job_id: job }, json).await,
        Verb::Disconnect { client } => {
            plain(api, Command::DisconnectClient { client_id: client }, json).await
        }
    }
}

async fn submit(
    api: &Api,
    file: PathBuf,
    config: JobConfig,
    (follow, json): (bool, bool),
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    // A relative name means a file here, which is the server's machine too, or it will say so.
    let path = std::path::absolute(&file).with_context(|| format!("resolving {}", file.display()))?;
    let file_path = path.to_str().context("the path is not valid UTF-8")?.to_owned();
    let command = Command::ProcessLocalFile { file_path, config: Some(config) };
    let reply = api.raw(&command).await?;
    if json && !follow {
        return show(&reply, json);
    }
    let Some(job) = reply["JobCreated"]["job_id"].as_str() else { return show(&reply, json) };
    if !follow {
        report::line(job);
        return Ok(());
    }
    let status = follow::follow(api, job, stop).await?;
    report::job(&status);
    outcome(&status)
}

async fn explain(api: &Api, job: &str, json: bool) -> anyhow::Result<()> {
    let known: Result<ClientId, _> = job.parse();
    known.map_err(|_| anyhow::anyhow!("{job:?} is no job's identity"))?;
    let url = api.server.url(&format!("/api/v1/jobs/{job}/explain"));
    let answer = api.http.get(url).send().await.map_err(|error| api.unreachable(&error))?;
    let value: Value = answer.json().await.context("reading the server's answer")?;
    if json || value.get("Error").is_some() {
        return show(&value, json);
    }
    report::line(value["status"].as_str().unwrap_or_default());
    for line in value["explain"].as_array().into_iter().flatten() {
        report::line(&format!("  {}", line.as_str().unwrap_or_default()));
    }
    Ok(())
}

async fn plain(api: &Api, command: Command, json: bool) -> anyhow::Result<()> {
    show(&api.raw(&command).await?, json)
}

/// A reply for a program, or for a person; an `Error` ends in failure either way.
fn show(reply: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        report::line(&reply.to_string());
    }
    match serde_json::from_value(reply.clone()).context("reading the server's reply")? {
        Reply::Error { message, .. } => bail!("{message}"),
        _ if json => {}
        Reply::JobCreated { job_id } => report::line(job_id.as_str()),
        Reply::JobStatus(status) => report::job(&status),
        Reply::JobsList(jobs) => report::line(&table::jobs(&jobs)),
        Reply::ClientsList(clients) => report::line(&table::clients(&clients)),
        Reply::ClientDisconnected { client_id } => report::line(&format!("{client_id} was sent away")),
    }
    Ok(())
}
