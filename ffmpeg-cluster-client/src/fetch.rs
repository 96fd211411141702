//! Fetches a result, going on where a broken connection stopped, and looks at it before it gets its name. Nothing that is there is
//! ever overwritten.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::protocol::command::JobStatus;
use futures_util::StreamExt;
use reqwest::StatusCode;
use tokio::io::AsyncWriteExt;

use crate::api::Api;
use crate::follow::bar;

const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_secs(1);

/// The path of the finished file.
pub async fn fetch(api: &Api, status: &JobStatus, output: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let url = status.output_url.as_deref().context("the job has no result")?;
    let report = status.report.as_ref().context("the job has no proof")?;
    let wanted = output.unwrap_or_else(|| PathBuf::from(&status.output_name));
    let part = wanted.with_file_name(format!(".{}.{}.part", file_name(&wanted), status.job_id));
    let progress =
        bar(report.result_bytes, "{prefix:>16} [{bar:32}] {bytes} of {total_bytes}, {bytes_per_sec}");
    let mut last = None;
    for _ in 0..TRIES {
        match receive(api, url, &part, progress.as_ref()).await {
            Ok(()) => {
                last = None;
                break;
            }
            Err(error) => last = Some(error),
        }
        tokio::time::sleep(PAUSE).await;
    }
    if let Some(error) = last {
        return Err(error.context("fetching the result"));
    }
    let looked = part.clone();
    let (bytes, sha256) = tokio::task::spawn_blocking(move || digest::of_file(&looked)).await??;
    if (bytes, &sha256) != (report.result_bytes, &report.result_sha256) {
        tokio::fs::remove_file(&part).await.ok();
        bail!("what was fetched is not what the server proved; try `download {}` again", status.job_id);
    }
    let free = free_name(&wanted);
    tokio::fs::rename(&part, &free).await.with_context(|| format!("naming {}", free.display()))?;
    Ok(free)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

async fn receive(
    api: &Api,
    url: &str,
    part: &Path,
    progress: Option<&indicatif::ProgressBar>,
) -> anyhow::Result<()> {
    let have = tokio::fs::metadata(part).await.map_or(0, |about| about.len());
    let request = api.http.get(api.server.url(url)).header("range", format!("bytes={have}-"));
    let answer = request.send().await.map_err(|error| api.unreachable(&error))?;
    let mut options = tokio::fs::OpenOptions::new();
    let options = options.create(true).write(true);
    let mut file = match answer.status() {
        StatusCode::PARTIAL_CONTENT => options.append(true).open(part).await?,
        StatusCode::OK => options.truncate(true).open(part).await?,
        // Everything is here already.
        StatusCode::RANGE_NOT_SATISFIABLE => return Ok(()),
        other => bail!("the server says {other}"),
    };
    if let Some(bar) = progress {
        bar.set_prefix("Fetching");
        bar.set_position(have);
    }
    let mut stream = answer.bytes_stream();
    while let Some(bytes) = stream.next().await {
        let bytes = bytes?;
        file.write_all(&bytes).await.with_context(|| format!("writing {}", part.display()))?;
        if let Some(bar) = progress {
            bar.inc(bytes.len() as u64);
        }
    }
    file.sync_all().await?;
    Ok(())
}

/// `film.mp4`, or `film (1).mp4` where that is taken, and so on.
fn free_name(wanted: &Path) -> PathBuf {
    let stem = wanted.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let suffix =
        wanted.extension().map(|suffix| format!(".{}", suffix.to_string_lossy())).unwrap_or_default();
    let numbered = |n: u32| match n {
        0 => wanted.to_owned(),
        n => wanted.with_file_name(format!("{stem} ({n}){suffix}")),
    };
    (0..).map(numbered).find(|path| !path.exists()).unwrap_or_else(|| wanted.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn what_is_there_is_never_overwritten() {
        let scratch = Scratch::new();
        let wanted = scratch.path().join("film.mp4");
        assert_eq!(free_name(&wanted), wanted);
        std::fs::write(&wanted, "1").unwrap();
        assert_eq!(free_name(&wanted), scratch.path().join("film (1).mp4"));
        std::fs::write(scratch.path().join("film (1).mp4"), "2").unwrap();
        assert_eq!(free_name(&wanted), scratch.path().join("film (2).mp4"));
    }
}
