//! Fetches a result, and checks it before it gets its name. No file is ever overwritten.

mod place;
mod stream;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::protocol::command::Command;
use ffmpeg_cluster_common::protocol::reply::JobStatus;
use ffmpeg_cluster_common::protocol::transfer::result_path;
use tokio_util::sync::CancellationToken;

pub(crate) use self::place::Place;
use super::follow::{self, outcome};
use crate::server::api::Api;
use crate::server::download::Part;
use crate::terminal::report;

/// Follows our own job to its end, and fetches its result.
pub(crate) async fn follow_and_fetch(
    api: &Api,
    job: &str,
    place: &Place,
    json: bool,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let status = follow::follow(api, job, stop).await?;
    if let Err(why) = outcome(&status) {
        return if json { tell(api, job, None).await.and(Err(why)) } else { Err(why) };
    }
    let path = tokio::select! {
        path = fetch(api, &status, place) => path?,
        () = stop.cancelled() => bail!("stopped; the job is complete, and `download {}` fetches its result", report::short(job)),
    };
    if json {
        return tell(api, job, Some(&path)).await;
    }
    report::job(&status);
    report::line(&format!("result   {}", path.display()));
    Ok(())
}

/// Prints a job's status unchanged, with the path of its result on this machine.
pub(crate) async fn tell(api: &Api, job: &str, path: Option<&Path>) -> anyhow::Result<()> {
    let mut value = api.raw(&Command::GetJobStatus { job_id: job.to_owned() }).await?;
    if let Some(path) = path {
        value["output_path"] = path.display().to_string().into();
    }
    report::line(&value.to_string());
    Ok(())
}

/// Returns the path of the finished file.
pub(crate) async fn fetch(api: &Api, status: &JobStatus, place: &Place) -> anyhow::Result<PathBuf> {
    if let Some(removed) = report::removed(status) {
        bail!("job {}: {removed}", status.job_id);
    }
    let report = status.report.as_ref().context("the job has no proof, and so no result")?;
    if !status.products.is_empty() {
        let total = stream::Total { bytes: report.result_bytes, sha256: &report.result_sha256 };
        return stream::fetch(api, &status.job_id, &place.folder(&status.file_name), total).await;
    }
    let wanted = place.path(&status.file_name, &status.output_name)?;
    // Leave out the result's name, which alone may have the greatest length of a name.
    let mut part = Part::open(wanted.with_file_name(format!(".{}.part", status.job_id)))?;
    let proved = (report.result_bytes, report.result_sha256.clone());
    // An earlier run may have left spoiled bytes, so a fresh fetch gets one more chance.
    for _ in 0..2 {
        part.fetch(api, &result_path(&status.job_id), proved.0).await.context("fetching the result")?;
        let looked = part.path().to_owned();
        if tokio::task::spawn_blocking(move || digest::of_file(&looked)).await?? == proved {
            return name(&part, &wanted);
        }
        part.clear().await?;
    }
    let _ = std::fs::remove_file(part.path());
    bail!(
        "the result was fetched twice, and both times it is not the file that the server proved; try `download {}` again",
        status.job_id
    )
}

/// Names the file `film.mp4`, or `film (1).mp4` if that is taken, and so on.
fn name(part: &Part, wanted: &Path) -> anyhow::Result<PathBuf> {
    let told = || format!("renaming {}", wanted.display());
    let free = reserve(wanted).with_context(told)?;
    std::fs::rename(part.path(), &free).with_context(told)?;
    Ok(free)
}

/// Makes an empty file under the first free name, so that nobody else can take the name meanwhile.
pub(crate) fn reserve(wanted: &Path) -> std::io::Result<PathBuf> {
    let stem = wanted.file_stem().unwrap_or_default().to_string_lossy();
    let suffix =
        wanted.extension().map(|suffix| format!(".{}", suffix.to_string_lossy())).unwrap_or_default();
    for path in names(wanted, &stem, &suffix) {
        match std::fs::File::create_new(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

/// The wanted name and then, with a number behind its stem, as many others as anybody may need.
fn names(wanted: &Path, stem: &str, suffix: &str) -> impl Iterator<Item = PathBuf> {
    let numbered = move |n: u32| wanted.with_file_name(format!("{stem} ({n}){suffix}"));
    std::iter::once(wanted.to_owned()).chain((1..).map(numbered))
}

#[cfg(test)]
mod tests;
