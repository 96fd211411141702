//! Replies to commands: what they say about jobs and clients.

use serde::{Deserialize, Serialize};

use super::command::{ClientState, ErrorCode, JobState};
use crate::ids::{ClientId, JobId};
use crate::media::proof::report::Report;
use crate::media::words::device::Device;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    JobCreated { job_id: JobId },
    JobStatus(Box<JobStatus>),
    JobDeleted { job_id: JobId },
    JobsList(Vec<JobLine>),
    ClientsList(Vec<ClientLine>),
    ClientDisconnected { client_id: ClientId },
    ClientForgiven { client_id: ClientId },
    Error { code: ErrorCode, message: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JobStatus {
    pub job_id: JobId,
    pub status: JobState,
    /// Percent.
    pub progress: f64,
    pub error: Option<String>,
    /// Null until Completed, then a path on this server that answers GET requests with ranges.
    pub output_url: Option<String>,
    pub file_name: String,
    pub output_name: String,
    pub created_at: String,
    pub completed_at: Option<String>,
    pub frames_total: Option<u64>,
    pub frames_done: u64,
    pub fps: f64,
    /// Seconds of film per second. Null until something was measured.
    #[serde(default)]
    pub speed: Option<f64>,
    pub eta_seconds: Option<f64>,
    pub clients: u32,
    /// One sentence: what the job does or waits for.
    pub doing: String,
    /// When the server's retention settings removed the result. Null if they did not.
    #[serde(default)]
    pub result_removed_at: Option<String>,
    /// What the job makes instead of a file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<Product>,
    /// The proof of the result. Null until Completed.
    pub report: Option<Report>,
}

/// What a job makes instead of a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Product {
    /// `ladder`.
    pub name: String,
    /// The rungs that were asked for; the report has those that the film got.
    pub rungs: Vec<String>,
    pub state: ProductState,
    /// The list that players open. Null until the product is ready.
    pub url: Option<String>,
    /// Of all its files. Null until the product is ready.
    pub bytes: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProductState {
    Waiting,
    Ready,
    /// The job failed or was cancelled, or the product was removed.
    Missing,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct JobLine {
    pub job_id: JobId,
    pub file_name: String,
    pub status: JobState,
    pub progress: f64,
    pub created_at: String,
    pub completed_at: Option<String>,
    pub error: Option<String>,
}

/// What a client has reported about its machine, as far as people see it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Machine {
    pub version: String,
    pub platform: String,
    pub cores: u32,
    pub memory_bytes: u64,
    /// Free bytes. 0 means unknown.
    pub free_disk: u64,
    pub encoders: Vec<String>,
    /// Devices with the encoders that each has proved.
    #[serde(default)]
    pub devices: Vec<Device>,
}

/// A connected client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ClientLine {
    pub client_id: ClientId,
    pub connected_at: String,
    pub current_job: Option<JobId>,
    /// Latest frames per second. Null until something was measured.
    pub performance: Option<f64>,
    pub status: ClientState,
    pub name: String,
    #[serde(flatten)]
    pub machine: Machine,
    pub doing: String,
    /// Why the client gets no work, or one segment at a time. Null if it is in good standing.
    #[serde(default)]
    pub set_aside: Option<String>,
    /// How many pieces the server refused within the last day for reasons that only this client can be
    /// blamed for.
    #[serde(default)]
    pub strikes: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clients_machine_stands_among_its_other_facts() {
        let json = r#"{"client_id":"a","connected_at":"then","current_job":null,"performance":12.5,"status":"Idle","name":"box","version":"1","platform":"linux-x86_64","cores":8,"memory_bytes":18446744073709551615,"free_disk":0,"encoders":["libx264"],"devices":[],"doing":"nothing","set_aside":null,"strikes":0}"#;
        let line: ClientLine = serde_json::from_str(json).unwrap();
        assert_eq!((line.machine.cores, line.machine.memory_bytes), (8, u64::MAX));
        assert_eq!(serde_json::to_string(&line).unwrap(), json);
        let older = json.replace(r#""devices":[],"#, "");
        assert!(serde_json::from_str::<ClientLine>(&older).unwrap().machine.devices.is_empty());
    }
}
