//! What people type to submit and watch.

use clap::Subcommand;
use tokio_util::sync::CancellationToken;

use crate::config::Server;

#[derive(Debug, Clone, Subcommand)]
pub enum Verb {
    /// All jobs, newest first.
    Jobs,
}

pub async fn run(_server: &Server, _verb: Verb, _json: bool, stop: CancellationToken) -> anyhow::Result<()> {
    stop.cancelled().await;
    Ok(())
}
