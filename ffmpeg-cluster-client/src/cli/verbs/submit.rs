//! Submits films that are on the server's machine.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::protocol::command::{Command, JobConfig};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::show::print_if;
use super::there::{path_there, with_advice};
use crate::cli::job::GivenFlags;
use crate::server::api::{Api, Trouble, refusal};
use crate::submit::fetch::{self, Place};
use crate::submit::films;
use crate::submit::follow::{self, outcome};
use crate::terminal::progress::say;
use crate::terminal::report;

pub(super) struct Submission {
    pub(super) files: Vec<PathBuf>,
    pub(super) config: JobConfig,
    pub(super) given: GivenFlags,
    pub(super) follow: bool,
    pub(super) output: Option<PathBuf>,
    pub(super) json: bool,
}

/// Submits all films before it follows the first. What goes wrong with one stops no other.
pub(super) async fn run(api: &Api, mut asked: Submission, stop: &CancellationToken) -> anyhow::Result<()> {
    let mut place = asked.output.clone().map(|output| Place::new(Some(output))).transpose()?;
    let takes_all = asked.files.len() == 1 || place.as_ref().is_none_or(Place::takes_several);
    ensure!(takes_all, "--output: the results of several films go into a folder");
    if let Some(place) = &mut place {
        asked.config = place.name_job(asked.config)?;
    }
    let (mut jobs, mut troubles) = (Vec::new(), Vec::new());
    for file in &asked.files {
        match begin(api, &asked, file).await {
            Ok(job) => jobs.push((file, job)),
            Err(trouble) => troubles.push((file, trouble)),
        }
    }
    if asked.follow {
        for (file, job) in jobs {
            let ended = end(api, &asked, place.as_ref(), &job, stop).await;
            troubles.extend(ended.err().map(|trouble| (file, trouble)));
        }
    }
    let what = if asked.follow { "have no result" } else { "became no jobs" };
    films::outcome(troubles, asked.files.len(), what)
}

/// Never drop this future half-way: this process must know a job that was created, to be able to cancel it.
async fn begin(api: &Api, asked: &Submission, file: &Path) -> anyhow::Result<JobId> {
    let value = request(api, asked, path_there(&api.server, file)?).await?;
    if let Some(trouble) = refusal(&value) {
        print_if(asked.json, &value);
        bail!(with_advice(trouble, &api.server));
    }
    let (old, new) = (&value["JobCreated"]["job_id"], &value["job_id"]);
    let job_id = old.as_str().or(new.as_str()).and_then(|id| id.parse::<JobId>().ok());
    let job_id = job_id.context("the server did not answer with a job")?;
    match (asked.follow, asked.files.len()) {
        (false, _) if asked.json => print_if(true, &value),
        (false, _) => report::line(job_id.as_str()),
        (true, 1) => say(&format!("job {job_id}")),
        (true, _) => say(&format!("{}: job {job_id}", file.display())),
    }
    Ok(job_id)
}

/// As the frozen command where that can tell all, so that older servers take it, too.
async fn request(api: &Api, asked: &Submission, file_path: String) -> Result<Value, Trouble> {
    if !asked.given.is_empty() {
        return api.post("/api/v1/jobs", &asked.given.request(&file_path, &asked.config)).await;
    }
    let config = Some(asked.config.clone());
    api.raw(&Command::ProcessLocalFile { file_path, source: None, framerate: None, config }).await
}

async fn end(
    api: &Api,
    asked: &Submission,
    place: Option<&Place>,
    job: &JobId,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let job = job.as_str();
    if let Some(place) = place {
        return fetch::follow_and_fetch(api, job, place, asked.json, stop).await;
    }
    let status = follow::follow(api, job, stop).await?;
    if asked.json {
        fetch::tell(api, job, None).await?;
    } else {
        report::job(&status);
    }
    outcome(&status)?;
    if !asked.json {
        report::line(&format!("result   ffmpeg-cluster-client download {}", report::short(job)));
    }
    Ok(())
}
