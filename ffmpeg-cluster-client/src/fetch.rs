//! Fetches a result, going on where a broken connection stopped, and looks at it before it gets its name. Nothing that
//! is there is ever overwritten.

mod place;

use std::fs::TryLockError;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use ffmpeg_cluster_common::io::{digest, permissions};
use ffmpeg_cluster_common::protocol::command::Command;
use ffmpeg_cluster_common::protocol::release::Release;
use ffmpeg_cluster_common::protocol::reply::JobStatus;
use ffmpeg_cluster_common::protocol::transfer::result_path;
use futures_util::StreamExt;
use reqwest::{Response, StatusCode};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

pub(crate) use self::place::Place;
use crate::api::{Api, outcome};
use crate::progress::Transfer;
use crate::retries::{Retries, Stopped};
use crate::{follow, report};

/// To the end of a job that is ours, and its result here.
pub(crate) async fn follow_and_fetch(
    api: &Api,
    job: &str,
    place: Place,
    json: bool,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let status = follow::follow(api, job, stop).await?;
    if let Err(why) = outcome(&status) {
        return if json { tell(api, job, None).await.and(Err(why)) } else { Err(why) };
    }
    let path = tokio::select! {
        path = fetch(api, &status, &place) => path?,
        () = stop.cancelled() => bail!("stopped; the job is complete, and `download {job}` fetches its result"),
    };
    if json {
        return tell(api, job, Some(&path)).await;
    }
    report::job(&status);
    report::line(&format!("result   {}", path.display()));
    Ok(())
}

/// A job's status as it came and, beside it, where its result is.
pub(crate) async fn tell(api: &Api, job: &str, path: Option<&Path>) -> anyhow::Result<()> {
    let mut value = api.raw(&Command::GetJobStatus { job_id: job.to_owned() }).await?;
    if let Some(path) = path {
        value["output_path"] = path.display().to_string().into();
    }
    report::line(&value.to_string());
    Ok(())
}

/// The path of the finished file.
pub(crate) async fn fetch(api: &Api, status: &JobStatus, place: &Place) -> anyhow::Result<PathBuf> {
    if let Some(removed) = report::removed(status) {
        bail!("job {}: {removed}", status.job_id);
    }
    let report = status.report.as_ref().context("the job has no proof, and so no result")?;
    let wanted = place.path(&status.output_name)?;
    // Without the result's name: that alone may be as long as a name can be.
    let mut part = Part::open(wanted.with_file_name(format!(".{}.part", status.job_id)))?;
    let proved = (report.result_bytes, report.result_sha256.clone());
    // What was left here by an earlier run may be spoiled; what comes anew has one more chance.
    for _ in 0..2 {
        receive_all(api, &result_path(&status.job_id), &mut part, proved.0)
            .await
            .context("fetching the result")?;
        let looked = part.path.clone();
        if tokio::task::spawn_blocking(move || digest::of_file(&looked)).await?? == proved {
            return part.name(&wanted);
        }
        part.file.set_len(0).await.context("beginning anew")?;
    }
    let _ = std::fs::remove_file(&part.path);
    bail!("what was fetched twice is not what the server proved; try `download {}` again", status.job_id)
}

/// A release of this program, all of it or none.
pub(crate) async fn release(api: &Api, release: &Release, to: &Path) -> anyhow::Result<()> {
    let mut part = Part::open(to.to_owned())?;
    receive_all(api, &release.path(), &mut part, release.bytes).await?;
    let (bytes, sha256) = digest::of_file(to)?;
    if bytes != release.bytes || sha256 != release.sha256 {
        bail!("what came is not what was announced: {bytes} bytes with SHA-256 {sha256}");
    }
    Ok(())
}

async fn receive_all(api: &Api, from: &str, part: &mut Part, bytes: u64) -> anyhow::Result<()> {
    let (mut shown, mut retries) = (Transfer::new(bytes), Retries::default());
    while let Err(stopped) = receive(api, from, part, bytes, &mut shown).await {
        let at = part.length().await?;
        let tell = |error: &anyhow::Error| {
            shown.say(&format!("the download broke off at byte {at} and goes on: {error:#}"));
        };
        retries.wait(at, stopped, tell).await?;
    }
    shown.end("Fetched");
    Ok(())
}

async fn receive(
    api: &Api,
    from: &str,
    part: &mut Part,
    bytes: u64,
    shown: &mut Transfer,
) -> Result<(), Stopped> {
    let mut have = part.length().await.map_err(Stopped::ForGood)?;
    if have > bytes {
        part.file.set_len(0).await.map_err(|error| part.failed(&error))?;
        have = 0;
    }
    if have == bytes {
        return Ok(());
    }
    let request = api.http.get(api.server.url(from)).header("range", format!("bytes={have}-"));
    let answer = request.send().await.map_err(|error| api.trouble(&error))?;
    part.go_to(if is_rest(&answer)? { have } else { 0 }).await.map_err(|error| part.failed(&error))?;
    let mut stream = answer.bytes_stream();
    while have < bytes {
        let Some(chunk) = stream.next().await else {
            return Err(Stopped::ForNow(anyhow!("the server sent less than it has")));
        };
        let chunk = chunk.map_err(|error| api.trouble(&error))?;
        part.file.write_all(&chunk).await.map_err(|error| part.failed(&error))?;
        have += chunk.len() as u64;
        shown.show("Fetching", have.min(bytes));
    }
    part.file.sync_all().await.map_err(|error| part.failed(&error))
}

/// Only the rest comes, or the whole from its beginning.
fn is_rest(answer: &Response) -> Result<bool, Stopped> {
    match answer.status() {
        StatusCode::PARTIAL_CONTENT => Ok(true),
        StatusCode::OK => Ok(false),
        status if status.is_server_error() => Err(Stopped::ForNow(anyhow!("the server says {status}"))),
        status => Err(Stopped::ForGood(anyhow!("the server says {status}"))),
    }
}

/// A result that is not all here.
#[derive(Debug)]
struct Part {
    path: PathBuf,
    file: File,
}

impl Part {
    /// Ours alone: two runs would mix their bytes.
    fn open(path: PathBuf) -> anyhow::Result<Self> {
        let told = || format!("writing {}", path.display());
        let file = std::fs::File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.with_context(told)?;
        match file.try_lock() {
            Ok(()) => {
                permissions::share(&file).with_context(told)?;
                Ok(Self { file: File::from_std(file), path })
            }
            Err(TryLockError::WouldBlock) => bail!("another run is fetching this result to here just now"),
            Err(TryLockError::Error(error)) => Err(error).with_context(told),
        }
    }

    async fn length(&self) -> anyhow::Result<u64> {
        let about = self.file.metadata().await.with_context(|| format!("reading {}", self.path.display()))?;
        Ok(about.len())
    }

    async fn go_to(&mut self, at: u64) -> std::io::Result<()> {
        self.file.set_len(at).await?;
        self.file.seek(std::io::SeekFrom::Start(at)).await.map(drop)
    }

    fn failed(&self, error: &std::io::Error) -> Stopped {
        Stopped::ForGood(anyhow!("writing {}: {error}", self.path.display()))
    }

    /// `film.mp4`, or `film (1).mp4` where that is taken, and so on.
    fn name(self, wanted: &Path) -> anyhow::Result<PathBuf> {
        let told = || format!("naming {}", wanted.display());
        let free = reserve(wanted).with_context(told)?;
        std::fs::rename(&self.path, &free).with_context(told)?;
        Ok(free)
    }
}

/// An empty file of ours under the first free name: between looking and naming nobody else can take it.
fn reserve(wanted: &Path) -> std::io::Result<PathBuf> {
    let stem = wanted.file_stem().unwrap_or_default().to_string_lossy();
    let suffix =
        wanted.extension().map(|suffix| format!(".{}", suffix.to_string_lossy())).unwrap_or_default();
    for n in 0_u32.. {
        let path = match n {
            0 => wanted.to_owned(),
            n => wanted.with_file_name(format!("{stem} ({n}){suffix}")),
        };
        match std::fs::File::create_new(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests;
