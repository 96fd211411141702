//! Uploads a film by tus, and makes it a job. An interrupted upload is resumed, in this run or the next.

use std::fs::Metadata;
use std::io::SeekFrom;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use ffmpeg_cluster_common::ids::{JobId, UploadId};
use ffmpeg_cluster_common::io::clock::Clock;
use ffmpeg_cluster_common::protocol::command::{Command, JobConfig};
use ffmpeg_cluster_common::protocol::reply::Reply;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio_util::sync::CancellationToken;

use crate::server::api::{Api, Trouble};
use crate::server::retries::{Retries, Stopped};
use crate::submit::asking::Questions;
use crate::submit::memo::Memo;
use crate::submit::tus::{self, ChunkSize};
use crate::terminal::progress::{Transfer, say};

/// Sends a film and makes it a job.
pub(super) async fn film(
    api: &Api,
    file: &Path,
    config: &JobConfig,
    work_dir: &Path,
    stop: &CancellationToken,
) -> anyhow::Result<JobId> {
    let mut source = Source::open(api, file, work_dir).await?;
    let upload = tokio::select! {
        upload = source.send(api, Questions::new(config.clone())) => upload?,
        () = stop.cancelled() => bail!("stopped; the same command resumes the upload"),
    };
    let job = begin(api, upload, config.clone()).await;
    let job = job.context("the film is uploaded, but there is no job yet")?;
    // Forget the upload only now, so that a refused job or a lost answer does not cost the upload.
    source.memo.forget();
    Ok(job)
}

/// Never repeats a command that the server may have received: that would make two jobs.
async fn begin(api: &Api, upload: UploadId, config: JobConfig) -> anyhow::Result<JobId> {
    let command = Command::ProcessUpload { upload_id: upload, config: Some(config) };
    let mut retries = Retries::default();
    loop {
        match api.ask(&command).await {
            Ok(Reply::JobCreated { job_id }) => return Ok(job_id),
            Ok(other) => bail!(api.strange(format!("{other:?} instead of a job"))),
            Err(trouble @ Trouble::Unreachable { .. }) => {
                let tell = |error: &anyhow::Error| say(&format!("waiting for the server: {error:#}"));
                retries.wait(0, trouble.into(), tell).await?;
            }
            Err(trouble @ Trouble::Broken { .. }) => {
                bail!(anyhow!(trouble).context("the server may have begun the job; `jobs` shows whether"))
            }
            Err(trouble @ (Trouble::Strange { .. } | Trouble::Stranger { .. } | Trouble::Refused { .. })) => {
                bail!(trouble)
            }
        }
    }
}

/// The offset of the upload, the size of its chunks, and the questions about it.
#[derive(Debug)]
struct Sent {
    at: u64,
    chunk: ChunkSize,
    questions: Questions,
}

/// The film on this machine's disk, and the memo about its upload.
struct Source {
    path: PathBuf,
    file: File,
    about: Metadata,
    memo: Memo,
}

impl Source {
    async fn open(api: &Api, path: &Path, work_dir: &Path) -> anyhow::Result<Self> {
        let path = path.to_owned();
        let told = || format!("reading {}", path.display());
        // Look before opening: a pipe would wait for a writer forever.
        if !tokio::fs::metadata(&path).await.with_context(told)?.is_file() {
            bail!("{} is not a file", path.display());
        }
        let file = File::open(&path).await.with_context(told)?;
        let about = file.metadata().await.with_context(told)?;
        if about.len() == 0 {
            bail!("{} is empty", path.display());
        }
        let memo = Memo::open(work_dir, &api.server.to_string(), &path, &about)?;
        Ok(Self { path, file, about, memo })
    }

    /// Sends what the server does not have yet, in as many attempts as it takes.
    async fn send(&mut self, api: &Api, questions: Questions) -> anyhow::Result<UploadId> {
        let bytes = self.about.len();
        let mut shown = Transfer::new(bytes);
        let mut sent = Sent { at: 0, chunk: ChunkSize::default(), questions };
        let mut retries = Retries::default();
        let upload = loop {
            match self.find_or_create(api, &shown).await {
                Ok(upload) => break upload,
                Err(Stopped::ForNow(error)) if !broke(&error) => return Err(error),
                Err(stopped) => {
                    let tell = |error: &anyhow::Error| shown.say(&format!("starting again: {error:#}"));
                    retries.wait(sent.at, stopped, tell).await.context("uploading")?;
                }
            }
        };
        while let Err(stopped) = self.advance(api, &upload, &mut sent, &mut shown).await {
            sent.chunk.broke();
            let at = sent.at;
            let tell = |error: &anyhow::Error| {
                shown.say(&format!("the upload broke off at byte {at} and is resumed: {error:#}"));
            };
            retries.wait(at, stopped, tell).await.context("uploading")?;
        }
        self.check_unchanged(api, &upload).await?;
        shown.end("Uploaded");
        Ok(upload)
    }

    async fn find_or_create(&mut self, api: &Api, shown: &Transfer) -> Result<UploadId, Stopped> {
        if let Some(upload) = self.memo.upload() {
            let at = tus::offset(api, &upload, self.about.len()).await?;
            if let Some(at) = at {
                shown.say(&format!("going on with an earlier upload, at byte {at}"));
                return Ok(upload);
            }
        }
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let upload = tus::create(api, &name, self.about.len()).await?;
        self.memo.remember(&upload).map_err(Stopped::ForGood)?;
        Ok(upload)
    }

    async fn advance(
        &mut self,
        api: &Api,
        upload: &UploadId,
        Sent { at, chunk, questions }: &mut Sent,
        shown: &mut Transfer,
    ) -> Result<(), Stopped> {
        let bytes = self.about.len();
        *at = tus::offset(api, upload, bytes).await?.ok_or_else(|| {
            Stopped::ForGood(anyhow!("the server no longer has the upload; the same command starts again"))
        })?;
        let clock = Clock::start();
        while *at < bytes {
            questions.ask(api, upload, *at).await?;
            shown.show("Uploading", *at);
            let body = self.read(*at, (bytes - *at).min(chunk.bytes())).await.map_err(Stopped::ForGood)?;
            let began = clock.now();
            *at = tus::append(api, upload, *at, body).await?;
            chunk.arrived(clock.now() - began);
        }
        Ok(())
    }

    async fn read(&mut self, at: u64, count: u64) -> anyhow::Result<Vec<u8>> {
        let mut chunk = vec![0; usize::try_from(count)?];
        let told = || format!("reading {} at byte {at}", self.path.display());
        self.file.seek(SeekFrom::Start(at)).await.with_context(told)?;
        self.file.read_exact(&mut chunk).await.with_context(told)?;
        Ok(chunk)
    }

    /// Fails if the file has changed meanwhile: the upload would be a mixture of two films.
    async fn check_unchanged(&self, api: &Api, upload: &UploadId) -> anyhow::Result<()> {
        let now = self.file.metadata().await.context("reading the file's length and date again")?;
        if (now.len(), now.modified().ok()) == (self.about.len(), self.about.modified().ok()) {
            return Ok(());
        }
        tus::terminate(api, upload).await;
        bail!("{} changed while it was sent; the same command starts again", self.path.display())
    }
}

/// Whether a connection broke, which is worth another attempt. A server that is away from the start is an error.
fn broke(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Trouble::Broken { .. }))
}
