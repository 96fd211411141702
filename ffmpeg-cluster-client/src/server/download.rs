//! Fetches a file from the server, and resumes after a broken connection.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use ffmpeg_cluster_common::io::{durable, permissions};
use futures_util::StreamExt;
use reqwest::{Response, StatusCode};
use tokio::fs::File;
use tokio::io::{AsyncSeekExt, AsyncWriteExt};

use super::api::Api;
use super::retries::{Retries, Stopped};
use crate::terminal::progress::Transfer;

/// An incomplete file on this machine.
#[derive(Debug)]
pub(crate) struct Part {
    path: PathBuf,
    file: File,
}

/// A file on the server: its address there, and its length.
struct Wanted<'a> {
    from: &'a str,
    bytes: u64,
}

impl Part {
    /// Locks the file, because two runs would mix their bytes.
    pub(crate) fn open(path: PathBuf) -> anyhow::Result<Self> {
        let told = || format!("writing {}", path.display());
        let file = durable::lock(&path).with_context(told)?;
        let file = file.context("another run is fetching this result to the same place")?;
        permissions::share(&file).with_context(told)?;
        Ok(Self { file: File::from_std(file), path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Discards the bytes so far.
    pub(crate) async fn clear(&mut self) -> anyhow::Result<()> {
        self.file.set_len(0).await.with_context(|| format!("emptying {}", self.path.display()))
    }

    /// Fetches all `bytes`, over as many connections as it takes.
    pub(crate) async fn fetch(&mut self, api: &Api, from: &str, bytes: u64) -> anyhow::Result<()> {
        let (mut shown, mut retries) = (Transfer::new(bytes), Retries::default());
        while let Err(stopped) = self.receive(api, Wanted { from, bytes }, &mut shown).await {
            let at = self.length().await?;
            let tell = |error: &anyhow::Error| {
                shown.say(&format!("the download broke off at byte {at} and is resumed: {error:#}"));
            };
            retries.wait(at, stopped, tell).await?;
        }
        shown.end("Fetched");
        Ok(())
    }

    async fn receive(&mut self, api: &Api, wanted: Wanted<'_>, shown: &mut Transfer) -> Result<(), Stopped> {
        let Wanted { from, bytes } = wanted;
        let mut have = self.length().await.map_err(Stopped::ForGood)?;
        if have > bytes {
            self.file.set_len(0).await.map_err(|error| self.failed(&error))?;
            have = 0;
        }
        if have == bytes {
            return Ok(());
        }
        let request = api.http.get(api.server.url(from)).header("range", format!("bytes={have}-"));
        let answer = request.send().await.map_err(|error| api.trouble(&error))?;
        self.go_to(if is_rest(&answer)? { have } else { 0 }).await.map_err(|error| self.failed(&error))?;
        let mut stream = answer.bytes_stream();
        while have < bytes {
            let Some(chunk) = stream.next().await else {
                return Err(Stopped::ForNow(anyhow!("the server sent fewer bytes than it announced")));
            };
            let chunk = chunk.map_err(|error| api.trouble(&error))?;
            self.file.write_all(&chunk).await.map_err(|error| self.failed(&error))?;
            have += chunk.len() as u64;
            shown.show("Fetching", have.min(bytes));
        }
        self.file.sync_all().await.map_err(|error| self.failed(&error))
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
}

/// Whether the answer holds only the rest of the file; otherwise it holds the whole file.
fn is_rest(answer: &Response) -> Result<bool, Stopped> {
    match answer.status() {
        StatusCode::PARTIAL_CONTENT => Ok(true),
        StatusCode::OK => Ok(false),
        status if status.is_server_error() => Err(Stopped::ForNow(anyhow!("the server answered {status}"))),
        status => Err(Stopped::ForGood(anyhow!("the server answered {status}"))),
    }
}
