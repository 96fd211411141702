//! Fetches ffmpeg ahead of time: for a machine without a network, or for a release.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use ffmpeg_cluster_common::io::tools::install;
use ffmpeg_cluster_common::tools::builds::{Platform, Wish};

use crate::terminal::report;

/// Prints where the two programs are.
pub(crate) async fn run(
    wish: &Wish,
    platform: Option<Platform>,
    into: Option<PathBuf>,
    work: &Path,
) -> anyhow::Result<()> {
    let platform =
        platform.or_else(Platform::this).context("there are no builds for this machine; give --platform")?;
    let plan = wish.plan(platform).map_err(|refusal| anyhow!(refusal))?;
    let fetched = install::build(&plan, &work.join("tools")).await;
    let fetched = fetched.with_context(|| format!("could not fetch {} for {platform}", plan.label))?;
    if let Some(into) = &into {
        install::place(&fetched, platform, into)?;
    }
    report::line(&into.unwrap_or(fetched).display().to_string());
    Ok(())
}
