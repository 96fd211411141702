//! Checks whether a program is ffmpeg, and which version.

use std::path::Path;

use anyhow::bail;
use tokio_util::sync::CancellationToken;

use super::places::Pair;
use crate::io::process::{self, Run};
use crate::io::sandbox::RunAccess;
use crate::tools::version::{Age, FLOOR, age, version_in};

const VERSION_BYTES_MAX: usize = 64 * 1024;

#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) pair: Pair,
    pub(super) version: String,
    pub(super) probe_version: String,
    /// The whole output of `-version`; with shared libraries it includes theirs.
    pub(super) about: String,
}

/// Runs each program once.
pub(super) async fn programs(pair: &Pair) -> anyhow::Result<Found> {
    let (ffmpeg, ffprobe) = tokio::join!(ask(&pair.ffmpeg, "ffmpeg"), ask(&pair.ffprobe, "ffprobe"));
    let ((version, about), (probe_version, _)) = (ffmpeg?, ffprobe?);
    Ok(Found { pair: pair.clone(), version, probe_version, about })
}

/// Refuses a version that is too old;
/// warns of a version without a number, and of two programs that differ.
pub(super) fn accept(found: Found) -> anyhow::Result<Found> {
    let ffmpeg = found.pair.ffmpeg.display();
    match age(&found.version) {
        Age::TooOld => bail!("{ffmpeg} is version {}; {FLOOR}", found.version),
        Age::Unnumbered => {
            tracing::warn!("{ffmpeg} has version {}, which is not a number; {FLOOR}", found.version);
        }
        Age::Fine => {}
    }
    if found.version != found.probe_version {
        tracing::warn!(
            "{ffmpeg} is version {}, but {} is {}: they may not agree on what a film holds",
            found.version,
            found.pair.ffprobe.display(),
            found.probe_version
        );
    }
    Ok(found)
}

async fn ask(program: &Path, name: &str) -> anyhow::Result<(String, String)> {
    let run = Run::new(program, vec!["-version".into()], RunAccess::nothing());
    let (ended, text) = process::output(&run, &CancellationToken::new(), VERSION_BYTES_MAX).await?;
    let Some(version) = version_in(&text, name).filter(|_| ended.is_good()) else {
        let first = text.lines().next().unwrap_or_default();
        bail!("{} {} and says {first:?}: is it {name}?", program.display(), ended.describe());
    };
    Ok((version.to_owned(), text))
}
