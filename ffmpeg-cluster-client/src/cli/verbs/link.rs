//! Makes, lists and ends links that play the stream of a job.

use anyhow::{Context, bail};
use ffmpeg_cluster_common::ids::JobId;
use serde_json::json;

use super::show::print_if;
use crate::cli::arguments::LinkWanted;
use crate::server::api::{Api, refusal};
use crate::terminal::progress::say;
use crate::terminal::{fit, report, table};

pub(super) async fn run(api: &Api, wanted: &LinkWanted, as_json: bool) -> anyhow::Result<()> {
    let job: JobId = wanted.job.parse().context("the job's identity")?;
    let address = format!("/api/v1/jobs/{job}/links");
    match &wanted.end {
        Some(link) => end(api, &address, link, as_json).await,
        None if wanted.list => list(api, &address, as_json).await,
        None => make(api, &address, wanted.hours, as_json).await,
    }
}

async fn list(api: &Api, address: &str, as_json: bool) -> anyhow::Result<()> {
    let all = api.read(address).await?;
    print_if(as_json, &all);
    if !as_json {
        let links = all["items"].as_array().map(Vec::as_slice).unwrap_or_default();
        report::line(&table::links(links, fit::of_answers()));
    }
    Ok(())
}

async fn end(api: &Api, address: &str, link: &str, as_json: bool) -> anyhow::Result<()> {
    // It becomes a part of an address.
    if link.is_empty() || !link.chars().all(|c| c.is_ascii_alphanumeric()) {
        bail!("{link:?} is no link's name; `link JOB --list` shows them");
    }
    api.bytes(api.http.delete(api.server.url(&format!("{address}/{link}")))).await?;
    print_if(as_json, &json!({ "id": link }));
    if !as_json {
        report::line(&format!("link {link} is ended; players that use it get no more"));
    }
    Ok(())
}

/// The address alone is on standard output, for `xdg-open $(…)`.
async fn make(api: &Api, address: &str, hours: u32, as_json: bool) -> anyhow::Result<()> {
    let made = api.post(address, &json!({ "hours": hours })).await?;
    print_if(as_json, &made);
    if let Some(trouble) = refusal(&made) {
        bail!(trouble);
    }
    if !as_json {
        let word = |key: &str| made[key].as_str().unwrap_or_default();
        report::line(word("address"));
        let until = table::moment(word("expires_at"));
        say(&format!(
            "link {}: whoever has it plays the stream, until {until} (UTC); it is not shown again",
            word("id")
        ));
    }
    Ok(())
}
