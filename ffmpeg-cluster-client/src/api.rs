//! Asks a server, as any script would: commands as JSON over HTTP.

use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use ffmpeg_cluster_common::protocol::command::{Command, JobState, JobStatus, Reply};
use serde_json::Value;

use crate::config::Server;

/// A door may try an encoder before it answers.
const ANSWER_WITHIN: Duration = Duration::from_secs(90);

#[derive(Debug, Clone)]
pub struct Api {
    pub(crate) server: Server,
    pub(crate) http: reqwest::Client,
}

impl Api {
    pub fn new(server: &Server) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(ANSWER_WITHIN)
            .user_agent(concat!("ffmpeg-cluster-client/", env!("CARGO_PKG_VERSION")))
            .build()
            .context("preparing HTTP")?;
        Ok(Self { server: server.clone(), http })
    }

    /// The reply as it came, an `Error` included.
    pub async fn raw(&self, command: &Command) -> anyhow::Result<Value> {
        let request = self.http.post(self.server.url("/ws/command")).json(command);
        let answer = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = answer.status();
        answer.json().await.with_context(|| format!("the server answered {status} and no JSON"))
    }

    /// An `Error` becomes ours.
    pub async fn ask(&self, command: &Command) -> anyhow::Result<Reply> {
        match serde_json::from_value(self.raw(command).await?).context("reading the server's reply")? {
            Reply::Error { code, message } => {
                let code = serde_json::to_value(code).ok().and_then(|code| code.as_str().map(str::to_owned));
                bail!("{} ({})", message, code.unwrap_or_default())
            }
            reply => Ok(reply),
        }
    }

    pub async fn status(&self, job: &str) -> anyhow::Result<JobStatus> {
        match self.ask(&Command::GetJobStatus { job_id: job.to_owned() }).await? {
            Reply::JobStatus(status) => Ok(*status),
            other => bail!("the server answered something else than a job's status: {other:?}"),
        }
    }

    /// A job's status as soon as it can be had: a server that restarts is waited for.
    pub async fn patient_status(&self, job: &str) -> anyhow::Result<JobStatus> {
        const TRIES: u32 = 120;
        for _ in 0..TRIES {
            match self.status(job).await {
                Err(error) if error.is::<Unreachable>() => {
                    tokio::time::sleep(Duration::from_millis(500)).await
                }
                status => return status,
            }
        }
        self.status(job).await
    }

    pub(crate) fn unreachable(&self, error: &reqwest::Error) -> anyhow::Error {
        let server = self.server.url("");
        if error.is_connect() || error.is_timeout() {
            anyhow!(Unreachable(server))
        } else {
            anyhow!(Unreachable(server)).context(error.to_string())
        }
    }
}

/// Nobody answers at the server's address.
#[derive(Debug, thiserror::Error)]
#[error("no server answers at {0}; is it running, and are --server-ip and --server-port right?")]
pub struct Unreachable(String);

/// Done well, or why not.
pub fn outcome(status: &JobStatus) -> anyhow::Result<()> {
    match status.status {
        JobState::Completed => Ok(()),
        JobState::Failed => {
            bail!("job {} failed: {}", status.job_id, status.error.as_deref().unwrap_or("no reason"))
        }
        other => bail!("job {} was not completed: it is {}", status.job_id, other.as_str()),
    }
}
