//! What people type to submit and watch.

pub(crate) mod fetch_ffmpeg;
mod submit;
mod table;

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Subcommand;
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::tools::FetchFlags;
use ffmpeg_cluster_common::protocol::command::{Command, Framerate, JobConfig, SourceKind};
use ffmpeg_cluster_common::protocol::reply::Reply;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use self::submit::Submission;
use crate::api::{Api, outcome, refusal};
use crate::config::{JobFlags, Server};
use crate::{fetch, report};

#[derive(Debug, Clone, Subcommand)]
pub enum Verb {
    /// Hand in a film that lies on the server's machine.
    Submit {
        file: PathBuf,
        #[command(flatten)]
        job: JobFlags,
        /// Wait for the end of the job and show its progress; Ctrl-C cancels it.
        #[arg(long)]
        follow: bool,
        /// Follow, and fetch the result to here.
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
        /// FILE is a pattern of numbered images, such as frame_%04d.png, which are one film.
        #[arg(long)]
        sequence: bool,
        /// Images in a second, with --sequence [default: 25].
        #[arg(long, value_name = "RATE", requires = "sequence")]
        framerate: Option<String>,
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
    /// Let a client in again that was set aside for false pieces.
    Forgive { client: String },
    /// Fetch ffmpeg and ffprobe ahead of time, for this machine or another; needs no server.
    FetchFfmpeg {
        /// linux-x86_64, linux-aarch64, windows-x86_64, macos-x86_64 or macos-aarch64 [default: this machine's].
        #[arg(long, value_name = "PLATFORM")]
        platform: Option<String>,
        /// Put the two programs here, too [default: only tools/ of the work folder, where they are looked for].
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
        #[command(flatten)]
        fetch: FetchFlags,
    },
    /// Fetch a job's result.
    Download {
        job: String,
        /// Where to put it [default: the job's output name, in the current folder].
        #[arg(long, value_name = "PATH")]
        output: Option<PathBuf>,
    },
}

/// `json` prints the server's reply as it came.
pub async fn run(server: &Server, verb: Verb, json: bool, stop: CancellationToken) -> anyhow::Result<()> {
    let api = Api::new(server)?;
    if let Verb::Submit { file, job, follow, output, sequence, framerate } = verb {
        let config = job.config().map_err(|problems| anyhow::anyhow!(problems.join("; ")))?;
        let source = sequence.then_some(SourceKind::Sequence);
        let config = JobConfig { source, framerate: framerate.map(Framerate::Text), ..config };
        let follow = follow || output.is_some();
        return submit::run(&api, Submission { file, config, follow, output, json }, &stop).await;
    }
    tokio::select! {
        done = obey(&api, verb, json) => done,
        () = stop.cancelled() => bail!("stopped"),
    }
}

async fn obey(api: &Api, verb: Verb, json: bool) -> anyhow::Result<()> {
    let command = match verb {
        Verb::Submit { .. } => bail!("submit has a way of its own to stop"),
        Verb::FetchFfmpeg { .. } => bail!("fetch-ffmpeg is no question to a server"),
        Verb::Explain { job } => return explain(api, &job, json).await,
        Verb::Download { job, output } => return download(api, job, output, json).await,
        Verb::Status { job } => Command::GetJobStatus { job_id: job },
        Verb::Jobs => Command::ListJobs(None),
        Verb::Clients => Command::ListClients(None),
        Verb::Cancel { job } => Command::CancelJob { job_id: job },
        Verb::Forgive { client } => Command::ForgiveClient { client_id: client },
        Verb::Disconnect { client } => Command::DisconnectClient { client_id: client },
    };
    let value = api.raw(&command).await?;
    show(api, value, json)
}

async fn explain(api: &Api, job: &str, json: bool) -> anyhow::Result<()> {
    let job: JobId = job.parse().context("which job?")?;
    let value = api.get(&format!("/api/v1/jobs/{job}/explain")).await?;
    print_if(json, &value);
    if let Some(trouble) = refusal(&value) {
        bail!(trouble);
    }
    if !json {
        report::line(value["status"].as_str().unwrap_or_default());
        for line in value["explain"].as_array().into_iter().flatten() {
            report::line(&format!("  {}", line.as_str().unwrap_or_default()));
        }
    }
    Ok(())
}

async fn download(api: &Api, job: String, output: Option<PathBuf>, json: bool) -> anyhow::Result<()> {
    let place = fetch::Place::new(output)?;
    let value = api.raw(&Command::GetJobStatus { job_id: job.clone() }).await?;
    print_if(json && refusal(&value).is_some(), &value);
    let Reply::JobStatus(status) = api.reply(value)? else {
        bail!("the server answered something else than a job's status")
    };
    outcome(&status)?;
    let path = fetch::fetch(api, &status, &place).await?;
    if json {
        return fetch::tell(api, &job, Some(&path)).await;
    }
    report::line(&path.display().to_string());
    Ok(())
}

fn print_if(json: bool, value: &Value) {
    if json {
        report::line(&value.to_string());
    }
}

/// A reply for a program, or for a person; an `Error` ends in failure either way.
fn show(api: &Api, value: Value, json: bool) -> anyhow::Result<()> {
    print_if(json, &value);
    if let Some(trouble) = refusal(&value) {
        bail!(trouble);
    }
    if json {
        return Ok(());
    }
    match api.reply(value)? {
        Reply::JobCreated { job_id } => report::line(job_id.as_str()),
        Reply::JobStatus(status) => report::job(&status),
        Reply::JobsList(jobs) => report::line(&table::jobs(&jobs)),
        Reply::ClientsList(clients) => report::line(&table::clients(&clients)),
        Reply::ClientForgiven { client_id } => report::line(&format!("{client_id} may work again")),
        Reply::ClientDisconnected { client_id } => report::line(&format!("{client_id} was sent away")),
        Reply::Error { code, message } => bail!("{message} ({code:?})"),
    }
    Ok(())
}
