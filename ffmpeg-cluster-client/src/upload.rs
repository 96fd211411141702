//! Uploads a film by tus, follows its job, fetches the result. A broken upload goes on where it stopped, in this run or the next.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ffmpeg_cluster_common::ids::UploadId;
use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::protocol::command::{Command, JobConfig, Reply};
use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::sync::CancellationToken;

use crate::api::{Api, outcome};
use crate::config::Server;
use crate::follow::{self, bar, say};
use crate::{fetch, report};

const CHUNK_BYTES: u64 = 8 << 20;
const TRIES: u32 = 120;
const PAUSE: Duration = Duration::from_millis(500);

/// What an upload is asked to come to.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub file: PathBuf,
    pub config: JobConfig,
    pub output: Option<PathBuf>,
    /// Where it is remembered how far an upload came.
    pub work_dir: PathBuf,
}

pub async fn run(server: &Server, wanted: Wanted, stop: CancellationToken) -> anyhow::Result<()> {
    let api = Api::new(server)?;
    let upload = tokio::select! {
        upload = send(&api, &wanted) => upload?,
        () = stop.cancelled() => bail!("stopped; the same command goes on where the upload is"),
    };
    let command = Command::ProcessUpload { upload_id: upload, config: Some(wanted.config) };
    let Reply::JobCreated { job_id } = api.ask(&command).await? else {
        bail!("the server made no job of the upload")
    };
    tracing::info!(job = %job_id, "uploaded; the job begins");
    let status = follow::follow(&api, job_id.as_str(), &stop).await?;
    if status.report.is_some() {
        let path = fetch::fetch(&api, &status, wanted.output).await?;
        report::job(&status);
        report::line(&format!("result   {}", path.display()));
    }
    outcome(&status)
}

async fn send(api: &Api, wanted: &Wanted) -> anyhow::Result<UploadId> {
    let path = &wanted.file;
    let told = || format!("reading {}", path.display());
    let about = tokio::fs::metadata(path).await.with_context(told)?;
    if !about.is_file() || about.len() == 0 {
        bail!("{} is no file with anything in it", path.display());
    }
    let mut file = tokio::fs::File::open(path).await.with_context(told)?;
    let memo = memo(api, wanted, &about)?;
    let upload = match remembered(api, &memo).await {
        Some(upload) => upload,
        None => create(api, path, about.len(), &memo).await?,
    };
    let progress =
        bar(about.len(), "{prefix:>16} [{bar:32}] {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left");
    let mut tries = 0;
    loop {
        match advance(api, &upload, &mut file, about.len(), progress.as_ref()).await {
            Ok(()) => break,
            Err(error) if tries >= TRIES => return Err(error.context("uploading")),
            Err(error) => {
                if tries == 0 {
                    say(&format!("the upload broke off and goes on: {error:#}"));
                }
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    let _ = tokio::fs::remove_file(&memo).await;
    if let Some(bar) = progress {
        bar.finish();
    }
    Ok(upload)
}

/// One file for each server and source; a source that changed is another one.
fn memo(api: &Api, wanted: &Wanted, about: &std::fs::Metadata) -> anyhow::Result<PathBuf> {
    let path = std::path::absolute(&wanted.file)?;
    let modified =
        about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let told = format!("{} {} {} {}", api.server.url(""), path.display(), about.len(), modified.as_nanos());
    let folder = wanted.work_dir.join("client").join("uploads");
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    Ok(folder.join(&digest::of_bytes(told.as_bytes())[..32]))
}

/// The upload of an earlier run, where the server still knows it.
async fn remembered(api: &Api, memo: &Path) -> Option<UploadId> {
    let upload: UploadId = tokio::fs::read_to_string(memo).await.ok()?.trim().parse().ok()?;
    let at = offset(api, &upload).await.ok()?;
    say(&format!("going on with an earlier upload, at byte {at}"));
    Some(upload)
}

async fn create(api: &Api, path: &Path, bytes: u64, memo: &Path) -> anyhow::Result<UploadId> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let request = api.http.post(api.server.url("/api/v1/uploads")).header("tus-resumable", "1.0.0");
    let request = request.header("upload-length", bytes);
    let request = request.header("upload-metadata", format!("filename {}", STANDARD.encode(name.as_bytes())));
    let answer = request.send().await.map_err(|error| api.unreachable(&error))?;
    if answer.status() != StatusCode::CREATED {
        let said = answer.text().await.unwrap_or_default();
        bail!("the server takes no upload: {said}");
    }
    let place = answer.headers().get("location").and_then(|place| place.to_str().ok()).unwrap_or_default();
    let upload: UploadId = place.rsplit('/').next().unwrap_or_default().parse()?;
    tokio::fs::write(memo, upload.as_str()).await.with_context(|| format!("writing {}", memo.display()))?;
    Ok(upload)
}

fn url(api: &Api, upload: &UploadId) -> String {
    api.server.url(&format!("/api/v1/uploads/{upload}"))
}

async fn offset(api: &Api, upload: &UploadId) -> anyhow::Result<u64> {
    let answer = api.http.head(url(api, upload)).header("tus-resumable", "1.0.0").send().await;
    let answer = answer.map_err(|error| api.unreachable(&error))?;
    told_offset(&answer)
}

fn told_offset(answer: &reqwest::Response) -> anyhow::Result<u64> {
    if !answer.status().is_success() {
        bail!("the server says {}", answer.status());
    }
    let offset = answer.headers().get("upload-offset").and_then(|offset| offset.to_str().ok());
    offset.and_then(|offset| offset.parse().ok()).context("the server does not say how far the upload is")
}

/// From where the server is to the end, chunk by chunk, each with its checksum.
async fn advance(
    api: &Api,
    upload: &UploadId,
    file: &mut tokio::fs::File,
    bytes: u64,
    progress: Option<&indicatif::ProgressBar>,
) -> anyhow::Result<()> {
    let mut at = offset(api, upload).await?;
    while at < bytes {
        if let Some(bar) = progress {
            bar.set_prefix("Uploading");
            bar.set_position(at);
        }
        let mut chunk = vec![0; usize::try_from((bytes - at).min(CHUNK_BYTES))?];
        file.seek(SeekFrom::Start(at)).await?;
        file.read_exact(&mut chunk).await.context("the file became shorter")?;
        let request =
            api.http.patch(url(api, upload)).header("tus-resumable", "1.0.0").header("upload-offset", at);
        let request = request.header("content-type", "application/offset+octet-stream");
        let request = request.header("upload-checksum", format!("sha256 {}", checksum(&chunk)));
        let answer = request.body(chunk).send().await.map_err(|error| api.unreachable(&error))?;
        at = told_offset(&answer)?;
    }
    Ok(())
}

fn checksum(chunk: &[u8]) -> String {
    use sha2::Digest;
    STANDARD.encode(sha2::Sha256::digest(chunk))
}
