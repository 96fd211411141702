//! Why a command does not become a job.

use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::protocol::reply::Reply;

/// For the caller: a code to act on, and a sentence to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

impl Refused {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl From<Refused> for Reply {
    fn from(Refused { code, message }: Refused) -> Self {
        Self::Error { code, message }
    }
}

/// The log says why; the caller learns no more.
pub(crate) fn internal(trouble: &anyhow::Error) -> Refused {
    failed("a request failed", trouble)
}

/// Like [`internal`], with a log line that says what failed.
pub(crate) fn failed(what: &str, trouble: &anyhow::Error) -> Refused {
    tracing::error!("{what}: {trouble:#}");
    Refused::new(ErrorCode::Internal, "internal server error; the server's log says why")
}
