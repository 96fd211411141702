//! Commands and replies of `/ws/command`, frozen in their names; shared by HTTP, WebSocket and the client's verbs.

use serde::{Deserialize, Serialize};

use crate::ids::{ClientId, JobId, UploadId};
use crate::media::proof::report::{Damage, Times, Verify};
use crate::media::words::device::{Device, Hw};

/// Parsed from outside in two steps, so that an unknown command and a wrong type get a sentence each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    ProcessLocalFile {
        file_path: String,
        /// Like those of `config`, which say the same of this job.
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

/// What a submitter may say about one job; every key optional, every key obeyed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
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
    /// What the path names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceKind>,
    /// Images in a second, of a sequence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framerate: Option<Framerate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// One film.
    File,
    /// Numbered images, by a pattern such as `frame_%04d.png`.
    Sequence,
}

/// As one would type it, or a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What is said beside the configuration, where it says nothing of it itself.
    pub fn or(self, source: Option<SourceKind>, framerate: Option<Framerate>) -> Self {
        Self { source: self.source.or(source), framerate: self.framerate.or(framerate), ..self }
    }
}

/// As one would type them, or already split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Params {
    Line(String),
    Words(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    JobCreated { job_id: JobId },
    JobStatus(Box<JobStatus>),
    JobsList(Vec<JobLine>),
    ClientsList(Vec<ClientLine>),
    ClientDisconnected { client_id: ClientId },
    ClientForgiven { client_id: ClientId },
    Error { code: ErrorCode, message: String },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    InvalidRequest,
    UnknownCommand,
    InvalidParameters,
    UnknownEncoder,
    UnknownContainer,
    InvalidName,
    FileNotFound,
    NotAFile,
    NotAllowed,
    /// No token, or one that is not known.
    Unauthorized,
    /// From other machines only TLS is spoken.
    TlsRequired,
    NotAFilm,
    /// A film beyond a bound; the message names it.
    OverBound,
    JobNotFound,
    JobFinished,
    ClientNotFound,
    UploadNotFound,
    UploadIncomplete,
    TooLarge,
    Busy,
    DiskFull,
    /// More than one submitter, or all together, may have here.
    QuotaExceeded,
    /// A job reads it.
    UploadInUse,
    /// It was there, and was removed as the server was told to.
    ResultRemoved,
    Internal,
}

/// The eight public states; their names are frozen in REST, database and log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
pub enum ClientState {
    Connected,
    Benchmarking,
    Processing,
    Idle,
    Disconnected,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobStatus {
    pub job_id: JobId,
    pub status: JobState,
    /// 0 to 100.
    pub progress: f64,
    pub error: Option<String>,
    /// Null until Completed; then a path on this server that answers GET with ranges.
    pub output_url: Option<String>,
    pub file_name: String,
    pub output_name: String,
    pub created_at: String,
    pub completed_at: Option<String>,
    pub frames_total: Option<u64>,
    pub frames_done: u64,
    pub fps: f64,
    /// Seconds of film in a second; null before anything was measured.
    #[serde(default)]
    pub speed: Option<f64>,
    pub eta_seconds: Option<f64>,
    pub clients: u32,
    /// What it waits for, or does, as a sentence.
    pub doing: String,
    /// When its result was removed as the server was told to; null where it is there, or never was.
    #[serde(default)]
    pub result_removed_at: Option<String>,
    /// The proof; null until Completed.
    pub report: Option<crate::media::proof::report::Report>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobLine {
    pub job_id: JobId,
    pub file_name: String,
    pub status: JobState,
    pub progress: f64,
    pub created_at: String,
    pub completed_at: Option<String>,
    pub error: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientLine {
    pub client_id: ClientId,
    pub connected_at: String,
    pub current_job: Option<JobId>,
    /// Frames per second, latest; null before anything was measured.
    pub performance: Option<f64>,
    pub status: ClientState,
    pub name: String,
    pub version: String,
    pub platform: String,
    pub cores: u32,
    pub memory_bytes: u64,
    pub free_disk: u64,
    pub encoders: Vec<String>,
    /// Proved hardware.
    #[serde(default)]
    pub devices: Vec<Device>,
    pub doing: String,
    /// Why it gets nothing, or one segment at a time; null where all is well.
    #[serde(default)]
    pub set_aside: Option<String>,
    /// Pieces of its that were refused within a day for reasons that only it can be to blame for.
    #[serde(default)]
    pub strikes: u32,
}
