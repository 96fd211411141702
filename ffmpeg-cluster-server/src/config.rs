//! Flags, environment and file → [`Settings`], checked all at once.

use std::net::IpAddr;
use std::path::PathBuf;

use ffmpeg_cluster_common::media::profile::Profile;

/// What the server was told, checked. Read once; nothing deep inside looks at the environment.
#[derive(Debug, Clone)]
pub struct Settings {
    pub required_clients: u32,
    pub benchmark_secs: u32,
    /// As typed; parsed again for each job whose container differs from the default name's.
    pub ffmpeg_params: Vec<String>,
    /// `ffmpeg_params` for the container of `file_name_output`.
    pub profile: Profile,
    pub file_name_output: String,
    pub bind: IpAddr,
    pub port: u16,
    pub exactly: bool,
    pub chunk_bytes: u64,
    pub max_retries: u32,
    pub retry_delay_secs: u32,
    pub work_dir: PathBuf,
    /// Canonical; `ProcessLocalFile` reads only below these.
    pub media_roots: Vec<PathBuf>,
    pub ffmpeg_dir: Option<PathBuf>,
    pub log_json: bool,
}
