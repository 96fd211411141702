//! Fetches the folder of a stream, file by file, and checks each before the folder gets its name.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, ensure};
use ffmpeg_cluster_common::ids::JobId;
use ffmpeg_cluster_common::io::{digest, durable};
use ffmpeg_cluster_common::protocol::transfer::{STREAM_SUMS, is_stream_file, stream_path};
use reqwest::StatusCode;

use crate::server::api::Api;
use crate::server::retries::{Retries, Stopped};
use crate::terminal::progress::Transfer;

const LOCK: &str = ".lock";

/// What the server proved: all bytes of the stream, and the digest of its list of digests.
pub(super) struct Total<'a> {
    pub(super) bytes: u64,
    pub(super) sha256: &'a str,
}

/// A file of the stream.
#[derive(Debug, PartialEq, Eq)]
struct Listed {
    sha256: String,
    path: String,
}

/// Returns the folder. What an earlier run has fetched is not fetched again.
pub(super) async fn fetch(
    api: &Api,
    job: &JobId,
    wanted: &Path,
    total: Total<'_>,
) -> anyhow::Result<PathBuf> {
    let part = wanted.with_file_name(format!(".{job}.stream"));
    fs::create_dir_all(&part).with_context(|| format!("making {}", part.display()))?;
    let lock = durable::lock(&part.join(LOCK)).context("locking the folder")?;
    let lock = lock.context("another run is fetching this stream to the same place")?;
    let mut run = Run { api, job, part: &part, shown: Transfer::new(total.bytes), have: 0 };
    run.file(&Listed { sha256: total.sha256.to_owned(), path: STREAM_SUMS.to_owned() }).await?;
    let sums = fs::read_to_string(part.join(STREAM_SUMS)).context("reading the list of files")?;
    for file in read(&sums)? {
        run.file(&file).await?;
    }
    run.shown.end("Fetched");
    drop(lock);
    let _ = fs::remove_file(part.join(LOCK));
    named(&part, wanted)
}

/// The lines of sha256sum. No path of a strange server may lead out of the folder.
fn read(sums: &str) -> anyhow::Result<Vec<Listed>> {
    let line = |line: &str| {
        let (sha256, path) = line.split_once("  ").context("the list of files can't be read")?;
        ensure!(is_stream_file(path), "the server names a file {path:?}, which no stream has");
        Ok(Listed { sha256: sha256.to_owned(), path: path.to_owned() })
    };
    sums.lines().map(line).collect()
}

struct Run<'a> {
    api: &'a Api,
    job: &'a JobId,
    /// The folder that is being filled.
    part: &'a Path,
    shown: Transfer,
    /// Bytes that are here.
    have: u64,
}

impl Run<'_> {
    async fn file(&mut self, file: &Listed) -> anyhow::Result<()> {
        let to = self.part.join(&file.path);
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        if !is_here(&to, &file.sha256) {
            let bytes = self.bytes(file).await.with_context(|| format!("fetching {}", file.path))?;
            fs::write(&to, &bytes).with_context(|| format!("writing {}", to.display()))?;
        }
        self.have += fs::metadata(&to).map_or(0, |about| about.len());
        self.shown.show("Fetching", self.have);
        Ok(())
    }

    /// The whole file, which is a few seconds of film at most; a broken connection is no reason to give up.
    async fn bytes(&mut self, file: &Listed) -> anyhow::Result<Vec<u8>> {
        let (mut retries, mut spoiled) = (Retries::default(), 0);
        loop {
            match self.once(&file.path).await {
                Ok(bytes) if digest::of_bytes(&bytes) == file.sha256 => return Ok(bytes),
                Ok(_) => {
                    spoiled += 1;
                    ensure!(
                        spoiled < 2,
                        "twice, it was not the file that the server proved; try `download {}` again",
                        self.job
                    );
                }
                Err(stopped) => {
                    let shown = &self.shown;
                    let tell = |error: &anyhow::Error| {
                        shown.say(&format!("the download broke off and is resumed: {error:#}"))
                    };
                    retries.wait(self.have, stopped, tell).await?;
                }
            }
        }
    }

    async fn once(&self, path: &str) -> Result<Vec<u8>, Stopped> {
        let url = self.api.server.url(&stream_path(self.job, path));
        let answer = self.api.http.get(url).send().await.map_err(|error| self.api.trouble(&error))?;
        match answer.status() {
            StatusCode::OK => {}
            status if status.is_server_error() => {
                return Err(Stopped::ForNow(anyhow!("the server answered {status}")));
            }
            status => return Err(Stopped::ForGood(anyhow!("the server answered {status}"))),
        }
        let bytes = answer.bytes().await.map_err(|error| self.api.trouble(&error))?;
        Ok(bytes.to_vec())
    }
}

fn is_here(path: &Path, sha256: &str) -> bool {
    digest::of_file(path).is_ok_and(|(_, found)| found == sha256)
}

/// Names the folder `film`, or `film (1)` if that is taken, and so on.
fn named(part: &Path, wanted: &Path) -> anyhow::Result<PathBuf> {
    let name = wanted.file_name().unwrap_or_default().to_string_lossy();
    let free = super::names(wanted, &name, "").find(|path| !path.exists()).context("no name is free")?;
    fs::rename(part, &free).with_context(|| format!("naming {}", free.display()))?;
    Ok(free)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::scratch::Scratch;

    #[test]
    fn no_file_of_a_strange_server_leads_out_of_the_folder() {
        let good = "aa  master.m3u8\nbb  v/720p/00000.m4s\n";
        assert_eq!(read(good).unwrap()[1], Listed { sha256: "bb".into(), path: "v/720p/00000.m4s".into() });
        for bad in ["aa  ../x", "aa  /etc/x", "aa  v/../../x", "aa x", "aa  a\\b", "aa  .lock", "aa  c:x"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_folder_is_overwritten() {
        let scratch = Scratch::new();
        let wanted = scratch.path().join("film");
        for name in ["film", "film (1)", "film (2)"] {
            let part = scratch.path().join(".j.stream");
            fs::create_dir(&part).unwrap();
            fs::write(part.join("x"), name).unwrap();
            assert_eq!(named(&part, &wanted).unwrap(), scratch.path().join(name));
        }
        assert_eq!(fs::read_to_string(wanted.join("x")).unwrap(), "film");
    }
}
