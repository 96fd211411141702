//! Fetches one file with a known hash: by HTTP, resumed where it broke off, or from a folder.
//! Nothing reads the file before its hash is checked, so it may come from anywhere.

mod disk;
mod http;
mod progress_bar;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};

pub(crate) use self::disk::need;
pub(crate) use self::progress_bar::Bar;
use crate::io::{clock, digest};
use crate::time::Millis;
use crate::tools::builds::Planned;

/// Bounds on a download.
#[derive(Debug, Clone)]
pub struct Limits {
    pub connect: Duration,
    /// A connection that delivers no byte for this long counts as broken.
    pub idle: Duration,
    /// For one file, with all its attempts.
    pub whole: Duration,
    /// Attempts in a row that deliver nothing.
    pub attempts: u32,
    pub first_delay: Millis,
    pub delay_max: Millis,
    /// For a file of unknown size.
    pub bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            idle: Duration::from_secs(30),
            whole: Duration::from_secs(2 * 60 * 60),
            attempts: 5,
            first_delay: Millis(500),
            delay_max: Millis::secs(8),
            bytes_max: 1 << 30,
        }
    }
}

/// Why a fetch failed.
enum Trouble {
    /// Another attempt may help.
    Passing(anyhow::Error),
    Lasting(anyhow::Error),
}

/// Called with progress: the bytes so far, and the bytes in all.
pub(crate) type OnProgress<'a> = dyn FnMut(u64, Option<u64>) + Send + 'a;

fn is_address(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

/// Fetches the complete file to `part`, and checks its hash.
/// Continues after the bytes that a broken attempt left there.
pub async fn file(
    this: &Planned,
    part: &Path,
    limits: &Limits,
    on_progress: &mut OnProgress<'_>,
) -> anyhow::Result<()> {
    let bring = async {
        if is_address(&this.from) {
            download(this, part, limits, on_progress).await
        } else {
            copy(this, part).await
        }
    };
    match tokio::time::timeout(limits.whole, bring).await {
        Ok(brought) => brought,
        Err(_) => bail!(
            "{} did not arrive within {} s; the bytes that arrived are kept",
            this.name,
            limits.whole.as_secs()
        ),
    }
}

async fn download(
    this: &Planned,
    part: &Path,
    limits: &Limits,
    on_progress: &mut OnProgress<'_>,
) -> anyhow::Result<()> {
    let client = http::client(limits)?;
    let mut failures = 0;
    // The bytes so far may belong to another file; then fetch once more from the beginning.
    let mut resumed = length(part) > 0;
    loop {
        let before = length(part);
        match http::attempt(&client, this, part, limits, on_progress).await {
            Ok(()) => match compare(this, part).await {
                Err(error) if resumed => {
                    tracing::warn!("{error:#}; it is fetched again from the beginning");
                    (resumed, failures) = (false, 0);
                }
                compared => return compared,
            },
            Err(Trouble::Lasting(error)) => return Err(error),
            Err(Trouble::Passing(error)) => {
                failures = if length(part) > before { 1 } else { failures + 1 };
                if failures >= limits.attempts {
                    return Err(error.context(format!("gave up after {failures} attempts")));
                }
                tracing::warn!("{error:#}; trying again");
                clock::pause(limits.first_delay, limits.delay_max, failures - 1).await;
            }
        }
    }
}

/// Copies the file from a folder, on a thread that may block.
async fn copy(this: &Planned, part: &Path) -> anyhow::Result<()> {
    let from = PathBuf::from(&this.from);
    let bytes = std::fs::metadata(&from).with_context(|| format!("{} does not exist", from.display()))?.len();
    if this.bytes.is_some_and(|expected| expected != bytes) {
        bail!("{} has {bytes} bytes and is not the expected file", from.display());
    }
    need(part, bytes)?;
    let to = part.to_owned();
    let copied = tokio::task::spawn_blocking(move || std::fs::copy(&from, &to)).await?;
    copied.map_err(|error| disk::told(part, error)).with_context(|| format!("copying {}", this.from))?;
    compare(this, part).await
}

/// Checks the hash, and removes a wrong file.
async fn compare(this: &Planned, part: &Path) -> anyhow::Result<()> {
    let path = part.to_owned();
    let (bytes, sha256) = tokio::task::spawn_blocking(move || digest::of_file(&path))
        .await?
        .with_context(|| format!("reading {}", part.display()))?;
    if sha256 == this.sha256 {
        return Ok(());
    }
    remove(part);
    Err(anyhow!(
        "{} is not the expected file: {bytes} bytes with SHA-256 {sha256}, not {}; it was deleted unopened",
        this.name,
        this.sha256
    ))
}

fn length(part: &Path) -> u64 {
    std::fs::metadata(part).map_or(0, |about| about.len())
}

fn remove(part: &Path) {
    let _ = std::fs::remove_file(part);
    let _ = std::fs::remove_file(tag(part));
}

/// The file with the server's `ETag`, by which the server knows whether its file is still the same.
pub fn tag(part: &Path) -> PathBuf {
    part.with_extension("tag")
}
