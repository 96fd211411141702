//! Fetches one frame of a job's film as a picture.

use std::path::{Path, PathBuf};

use anyhow::Context;
use ffmpeg_cluster_common::ids::JobId;
use serde_json::json;

use crate::server::api::Api;
use crate::submit::fetch;
use crate::terminal::report;

/// Which frame of which film, and where it goes.
pub(super) struct Frame {
    pub(super) job: String,
    pub(super) number: u64,
    pub(super) of: &'static str,
    pub(super) output: Option<PathBuf>,
}

pub(super) async fn run(api: &Api, frame: Frame, json: bool) -> anyhow::Result<()> {
    let Frame { job, number, of, output } = frame;
    let job: JobId = job.parse().context("the job's identity")?;
    let address = format!("/api/v1/jobs/{job}/frames/{number}?of={of}");
    let png = api.bytes(api.http.get(api.server.url(&address))).await?;
    let wanted = output.unwrap_or_else(|| PathBuf::from(format!("{of}-{number}.png")));
    let path = kept(&wanted, &png).with_context(|| format!("writing {}", wanted.display()))?;
    let told = path.display().to_string();
    report::line(&if json { json!({ "output_path": told }).to_string() } else { told });
    Ok(())
}

fn kept(wanted: &Path, png: &[u8]) -> std::io::Result<PathBuf> {
    let free = fetch::reserve(wanted)?;
    std::fs::write(&free, png)?;
    Ok(free)
}
