//! Shows which client encoded which frames of a job, or writes it as trace events.

use std::path::Path;

use anyhow::Context;
use ffmpeg_cluster_common::ids::JobId;

use super::show::print_if;
use crate::server::api::{Api, refusal};
use crate::submit::fetch;
use crate::terminal::{fit, report, spans};

pub(super) async fn run(api: &Api, job: &str, trace: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let job: JobId = job.parse().context("the job's identity")?;
    if let Some(path) = trace {
        let events = api.read(&format!("/api/v1/jobs/{job}/trace")).await?;
        let told = || format!("writing {}", path.display());
        let free = fetch::reserve(path).with_context(told)?;
        std::fs::write(&free, format!("{events}\n")).with_context(told)?;
        report::line(&free.display().to_string());
        return Ok(());
    }
    let value = api.get(&format!("/api/v1/jobs/{job}/timeline")).await?;
    print_if(json, &value);
    if let Some(trouble) = refusal(&value) {
        return Err(trouble.into());
    }
    if !json {
        report::line(&spans::text(&value, fit::of_answers()));
    }
    Ok(())
}
