//! Commands of `/ws/command`, and the words of its replies, with frozen names.
//! HTTP, the WebSocket and the client's command line share them.

use serde::{Deserialize, Serialize};

pub use super::error_code::ErrorCode;
use crate::ids::UploadId;
use crate::media::params::ladder::config::Products;
use crate::media::proof::report::{Damage, Times, Verify};
use crate::media::words::device::Hw;

/// A command. `read_command` reads it from text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    ProcessLocalFile {
        file_path: String,
        /// `source` and `framerate` mean the same as those of `config`, which take precedence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        source: Option<SourceKind>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        framerate: Option<Framerate>,
        #[serde(default)]
        config: Option<JobConfig>,
    },
    ProcessUpload {
        upload_id: UploadId,
        #[serde(default)]
        config: Option<JobConfig>,
    },
    ListJobs(Option<Empty>),
    GetJobStatus {
        job_id: String,
    },
    CancelJob {
        job_id: String,
    },
    /// A failed or cancelled job is made again, as a new job with the same settings.
    RetryJob {
        job_id: String,
    },
    /// An ended job is forgotten, and its result is deleted.
    DeleteJob {
        job_id: String,
    },
    /// A job that waits begins with as many clients as there are.
    StartJob {
        job_id: String,
    },
    /// Nothing more of the job starts. `now` also takes back what its clients encode.
    PauseJob {
        job_id: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        now: bool,
    },
    ResumeJob {
        job_id: String,
    },
    /// The job goes behind all others of this priority.
    SetPriority {
        job_id: String,
        priority: Priority,
    },
    /// The job goes directly before or after another one, whose priority it takes.
    MoveJob {
        job_id: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<String>,
    },
    ListClients(Option<Empty>),
    DisconnectClient {
        client_id: String,
    },
    ForgiveClient {
        client_id: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// The submitter's settings for one job. Every key is optional, and every given key is obeyed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct JobConfig {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ffmpeg_params: Option<Params>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_clients: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exactly: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_name_output: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<Damage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<Times>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hw: Option<Hw>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// What the path names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceKind>,
    /// Images per second of a sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framerate: Option<Framerate>,
    /// What is made instead of one file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub products: Option<Products>,
}

/// Jobs of a higher priority are served first. Segments under way are never taken back for one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
    Critical,
}

impl Priority {
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Critical];

    pub(crate) const fn is_normal(&self) -> bool {
        matches!(self, Self::Normal)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// One film.
    File,
    /// Numbered images, given by a pattern such as `frame_%04d.png`.
    Sequence,
}

/// A frame rate, as a number or as a person would type it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Framerate {
    Whole(u32),
    Text(String),
}

impl std::fmt::Display for Framerate {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Whole(rate) => write!(to, "{rate}"),
            Self::Text(text) => to.write_str(text),
        }
    }
}

impl JobConfig {
    /// Fills in the values that the configuration lacks from those given beside it.
    pub fn or(self, source: Option<SourceKind>, framerate: Option<Framerate>) -> Self {
        Self { source: self.source.or(source), framerate: self.framerate.or(framerate), ..self }
    }
}

/// Parameters as one line of text, or already split into words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Params {
    Line(String),
    Words(Vec<String>),
}

/// The eight public states, with names that are frozen in REST, database and log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum JobState {
    Queued,
    WaitingForClients,
    Benchmarking,
    Processing,
    Combining,
    Completed,
    Failed,
    Cancelled,
}

impl JobState {
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "Queued",
            Self::WaitingForClients => "WaitingForClients",
            Self::Benchmarking => "Benchmarking",
            Self::Processing => "Processing",
            Self::Combining => "Combining",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum ClientState {
    Connected,
    Benchmarking,
    Processing,
    Idle,
    Disconnected,
}
