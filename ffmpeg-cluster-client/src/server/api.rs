//! Sends commands as JSON over HTTP, as any script could, and explains each kind of failure.

use std::error::Error as _;
use std::time::Duration;

use ffmpeg_cluster_common::protocol::command::Command;
use ffmpeg_cluster_common::protocol::reply::{JobStatus, Reply};
use serde_json::Value;

use crate::server::address::Server;
use crate::server::wire;

/// What the program ends with; docs/client.md explains them.
pub(crate) const FAILED: u8 = 1;
pub(crate) const SERVER_GONE: u8 = 4;
pub(crate) const REFUSED: u8 = 5;
const NOT_FOUND: u8 = 6;
const NOT_ALLOWED: u8 = 7;
/// Admission may try an encoder before the server answers.
const ANSWER_WITHIN: Duration = Duration::from_secs(90);

#[derive(Debug, Clone)]
pub(crate) struct Api {
    pub(crate) server: Server,
    pub(crate) http: reqwest::Client,
}

/// Why there is no answer, or an unexpected one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// Nothing was sent.
    #[error(
        "no server answers at {server} ({cause}); is it running there, and are --server-ip and --server-port right?"
    )]
    Unreachable { server: String, cause: String },
    /// Something was sent, and its outcome is unknown.
    #[error("the connection to {server} broke ({cause})")]
    Broken { server: String, cause: String },
    #[error(
        "this client can't read the answer of {server} ({cause}); is this the port of an FFmpeg Cluster server?"
    )]
    Strange { server: String, cause: String },
    /// Nothing was sent, not even the token.
    #[error("{server}: {what}")]
    Stranger { server: String, what: &'static str },
    #[error("{message} ({code})")]
    Refused { code: String, message: String },
}

impl Trouble {
    /// What the program ends with.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Unreachable { .. } | Self::Broken { .. } | Self::Strange { .. } => SERVER_GONE,
            Self::Stranger { .. } => REFUSED,
            Self::Refused { code, .. } => match code.as_str() {
                "JOB_NOT_FOUND" | "CLIENT_NOT_FOUND" | "UPLOAD_NOT_FOUND" | "LINK_NOT_FOUND" => NOT_FOUND,
                "NOT_ALLOWED" => NOT_ALLOWED,
                "UNAUTHORIZED" | "TLS_REQUIRED" => REFUSED,
                _ => FAILED,
            },
        }
    }

    /// Whether another attempt may succeed, because the network or the server may come back.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Broken { .. } | Self::Strange { .. } => true,
            Self::Stranger { .. } => false,
            Self::Refused { code, .. } => code == "BUSY" || code == "INTERNAL",
        }
    }
}

impl Api {
    pub(crate) fn new(server: &Server) -> anyhow::Result<Self> {
        let http = wire::http(server, ANSWER_WITHIN, None)?;
        Ok(Self { server: server.clone(), http })
    }

    /// The reply unchanged, even if it is an `Error`.
    pub(crate) async fn raw(&self, command: &Command) -> Result<Value, Trouble> {
        self.json(self.http.post(self.server.url("/ws/command")).json(command)).await
    }

    /// The answer to a GET, even if it is an `Error`.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, Trouble> {
        self.json(self.http.get(self.server.url(path))).await
    }

    /// The bytes of an answer that need not be JSON, such as a picture or nothing.
    pub(crate) async fn bytes(&self, request: reqwest::RequestBuilder) -> Result<Vec<u8>, Trouble> {
        let answer = request.send().await.map_err(|error| self.trouble(&error))?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|error| self.trouble(&error))?;
        if status.is_success() {
            return Ok(body.into());
        }
        let refused = serde_json::from_slice(&body).ok().and_then(|value| refusal(&value));
        Err(refused.unwrap_or_else(|| self.strange(format!("{status}, and the answer is not JSON"))))
    }

    /// The answer to a POST of the REST API, even if it is an `Error`.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, Trouble> {
        self.json(self.http.post(self.server.url(path)).json(body)).await
    }

    /// The answer to a GET of the REST API.
    pub(crate) async fn read(&self, path: &str) -> Result<Value, Trouble> {
        let value = self.get(path).await?;
        refusal(&value).map_or(Ok(value), Err)
    }

    /// The number of the last event, for who wants to hear all from now on. None: an older server.
    pub(crate) async fn last_event(&self) -> Result<Option<String>, Trouble> {
        let request = self.http.get(self.server.url("/api/v1/jobs?limit=1"));
        let answer = request.send().await.map_err(|error| self.trouble(&error))?;
        Ok(answer.headers().get("events-id").and_then(|id| id.to_str().ok()).map(str::to_owned))
    }

    /// Turns an `Error` of the server into ours.
    pub(crate) async fn ask(&self, command: &Command) -> Result<Reply, Trouble> {
        self.reply(self.raw(command).await?)
    }

    pub(crate) fn reply(&self, value: Value) -> Result<Reply, Trouble> {
        if let Some(trouble) = refusal(&value) {
            return Err(trouble);
        }
        serde_json::from_value(value).map_err(|error| self.strange(error.to_string()))
    }

    pub(crate) async fn status(&self, job: &str) -> Result<JobStatus, Trouble> {
        match self.ask(&Command::GetJobStatus { job_id: job.to_owned() }).await? {
            Reply::JobStatus(status) => Ok(*status),
            other => Err(self.strange(format!("{other:?} instead of a job's status"))),
        }
    }

    async fn json(&self, request: reqwest::RequestBuilder) -> Result<Value, Trouble> {
        let answer = request.send().await.map_err(|error| self.trouble(&error))?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|error| self.trouble(&error))?;
        serde_json::from_slice(&body)
            .map_err(|_| self.strange(format!("{status}, and the answer is not JSON")))
    }

    pub(crate) fn strange(&self, cause: String) -> Trouble {
        Trouble::Strange { server: self.server.to_string(), cause }
    }

    pub(crate) fn trouble(&self, error: &reqwest::Error) -> Trouble {
        let server = self.server.to_string();
        if let Some(what) = wire::stranger(error) {
            return Trouble::Stranger { server, what };
        }
        let cause = last_words(error);
        if error.is_connect() {
            Trouble::Unreachable { server, cause }
        } else {
            Trouble::Broken { server, cause }
        }
    }
}

/// An `Error`, unchanged; a newer server may use codes that we do not know.
pub(crate) fn refusal(value: &Value) -> Option<Trouble> {
    let error = value.get("Error")?;
    let text = |key: &str| error[key].as_str().unwrap_or_default().to_owned();
    Some(Trouble::Refused { code: text("code"), message: text("message") })
}

/// The innermost cause, the most helpful one: `Connection refused` rather than `error sending request`.
fn last_words(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".to_owned();
    }
    let mut innermost = error.source();
    while let Some(deeper) = innermost.and_then(|cause| cause.source()) {
        innermost = Some(deeper);
    }
    innermost.map_or_else(|| error.to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_learns_by_the_exit_code_what_went_wrong() {
        let refused = |code: &str| Trouble::Refused { code: code.into(), message: String::new() }.exit_code();
        assert_eq!(["JOB_NOT_FOUND", "CLIENT_NOT_FOUND"].map(refused), [6, 6]);
        assert_eq!(["NOT_ALLOWED", "UNAUTHORIZED", "INVALID_PARAMETERS"].map(refused), [7, 5, 1]);
        let gone = Trouble::Unreachable { server: "a:1".into(), cause: String::new() };
        assert_eq!(gone.exit_code(), 4);
        assert_eq!(Trouble::Stranger { server: "a:1".into(), what: "another" }.exit_code(), 5);
    }
}
