//! Shows one job, or the open jobs, while they go on.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, bail};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::protocol::reply::{JobLine, JobStatus};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::server::api::Api;
use crate::submit::follow::{self, outcome};
use crate::submit::news::News;
use crate::terminal::live::Live;
use crate::terminal::report;

/// The shortest time between two looks; more often nobody reads it.
const LOOK_EVERY: Duration = Duration::from_millis(500);
const OPEN: &str = "Queued,WaitingForClients,Benchmarking,Processing,Combining";

/// One job until it ends.
pub(super) async fn one(api: &Api, job: &str, json: bool, stop: &CancellationToken) -> anyhow::Result<()> {
    if !json {
        let status = follow::follow(api, job, stop).await?;
        report::job(&status);
        return outcome(&status);
    }
    let job: JobId = job.parse().context("the job's identity")?;
    let (mut look, mut before) = (Look::at(api, format!("job={job}")), Value::Null);
    loop {
        let Some(value) = look.at_path(&format!("/api/v1/jobs/{job}"), stop).await? else {
            bail!("stopped following; job {job} goes on")
        };
        if value != before {
            report::line(&value.to_string());
            before = value;
        }
        let status: JobStatus = serde_json::from_value(before.clone()).context("reading the job")?;
        if status.status.is_final() {
            return outcome(&status);
        }
        if report::lost_any().is_some() {
            return Ok(());
        }
    }
}

/// The open jobs, in the order in which they were made, until somebody stops it.
pub(super) async fn open(api: &Api, json: bool, stop: &CancellationToken) -> anyhow::Result<()> {
    let (mut look, mut live, mut before) = (Look::at(api, String::new()), Live::new(), Value::Null);
    let path = format!("/api/v1/jobs?order=created&limit={}&state={OPEN}", live.rows());
    while let Some(page) = look.at_path(&path, stop).await? {
        if page == before {
            continue;
        }
        if json {
            report::line(&page.to_string());
        } else {
            let ended = ended(api, &lines(&before)?, &lines(&page)?).await;
            live.show(&lines(&page)?, page["total"].as_u64().unwrap_or_default(), &ended);
        }
        before = page;
        if report::lost_any().is_some() {
            break;
        }
    }
    Ok(())
}

fn lines(page: &Value) -> anyhow::Result<Vec<JobLine>> {
    if page.is_null() {
        return Ok(Vec::new());
    }
    let older = "the server is older than this client and has no such list; `jobs` shows it";
    serde_json::from_value(page["items"].clone()).context(older)
}

/// How the jobs ended that are no longer among the open ones.
async fn ended(api: &Api, before: &[JobLine], now: &[JobLine]) -> Vec<JobLine> {
    let open: BTreeMap<&JobId, ()> = now.iter().map(|job| (&job.job_id, ())).collect();
    let mut ended = Vec::new();
    for job in before.iter().filter(|job| !open.contains_key(&job.job_id)) {
        // A job that was deleted meanwhile is gone, too.
        let Ok(status) = api.status(job.job_id.as_str()).await else { continue };
        if status.status.is_final() {
            let JobStatus { status, progress, completed_at, error, .. } = status;
            ended.push(JobLine { status, progress, completed_at, error, ..job.clone() });
        }
    }
    ended
}

/// Looks again when something was told.
struct Look<'a> {
    api: &'a Api,
    news: News,
    is_first: bool,
}

impl<'a> Look<'a> {
    fn at(api: &'a Api, query: String) -> Self {
        Self { api, news: News::of(query), is_first: true }
    }

    /// None when it was stopped. A server that went away is waited for.
    async fn at_path(&mut self, path: &str, stop: &CancellationToken) -> anyhow::Result<Option<Value>> {
        tokio::select! {
            value = self.again(path) => value.map(Some),
            () = stop.cancelled() => Ok(None),
        }
    }

    async fn again(&mut self, path: &str) -> anyhow::Result<Value> {
        loop {
            if !self.is_first {
                tokio::join!(self.news.next(), tokio::time::sleep(LOOK_EVERY));
            }
            self.news.begin(&self.api.server).await;
            match self.api.read(path).await {
                Err(trouble) if trouble.is_passing() && !self.is_first => {}
                read => {
                    self.is_first = false;
                    return Ok(read?);
                }
            }
        }
    }
}
