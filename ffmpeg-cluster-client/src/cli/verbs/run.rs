//! Sends a verb's request to the server, and shows the answer.

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::settings::parsers::Mistakes;
use ffmpeg_cluster_common::protocol::command::{Command, Framerate, JobConfig, SourceKind};
use ffmpeg_cluster_common::protocol::reply::Reply;
use tokio_util::sync::CancellationToken;

use super::show::{print_if, show};
use super::submit::{self, Submission};
use crate::cli::verb::Verb;
use crate::server::address::Server;
use crate::server::api::{Api, refusal};
use crate::submit::fetch;
use crate::submit::follow::outcome;
use crate::terminal::report;

/// With `json`, prints the server's reply unchanged.
pub(crate) async fn run(
    server: &Server,
    verb: Verb,
    json: bool,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let api = Api::new(server)?;
    if let Verb::Submit { file, job, follow, output, sequence, framerate } = verb {
        let mut mistakes = Mistakes::default();
        let config = job.config(&mut mistakes);
        ensure!(mistakes.0.is_empty(), "{}", mistakes.0.join("; "));
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
        Verb::Submit { .. } => bail!("`submit` needs more than one request"),
        Verb::FetchFfmpeg { .. } | Verb::Config { .. } => bail!("this verb sends no request to a server"),
        Verb::Explain { job } => return explain(api, &job, json).await,
        Verb::Download { job, output } => return download(api, job, output, json).await,
        Verb::Status { job } => Command::GetJobStatus { job_id: job },
        Verb::Jobs => Command::ListJobs(None),
        Verb::Clients => Command::ListClients(None),
        Verb::Start { job } => Command::StartJob { job_id: job },
        Verb::Cancel { job } => Command::CancelJob { job_id: job },
        Verb::Forgive { client } => Command::ForgiveClient { client_id: client },
        Verb::Disconnect { client } => Command::DisconnectClient { client_id: client },
    };
    let value = api.raw(&command).await?;
    show(api, value, json)
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
