//! What an ffmpeg can do, asked once and stored in `tools/known`.
//! The file's name is a hash of the program and of its `-version` text.
//! The program alone is not enough: a distribution's ffmpeg is a small program, and its code is in libraries.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use futures_util::future::try_join_all;
use tokio_util::sync::CancellationToken;

use super::Tools;
use super::identify::Found;
use crate::io::digest;
use crate::io::process::{self, Run};
use crate::io::sandbox::RunAccess;
use crate::tools::capabilities::Capabilities;

/// A listing has about six hundred lines.
const LISTING_BYTES_MAX: usize = 256 * 1024;
/// A stored file has about two thousand names.
const KEPT_BYTES_MAX: u64 = 512 * 1024;

pub(super) async fn complete(found: Found, tools: &Path) -> anyhow::Result<Tools> {
    let key = key(&found).await?;
    let kept = tools.join("known").join(format!("{key}.json"));
    let capabilities = match read(&kept).filter(|kept| kept.version == found.version) {
        Some(capabilities) => capabilities,
        None => {
            let asked = ask(&found).await?;
            if let Err(error) = keep(&kept, &asked) {
                // A work folder that can't be written causes worse problems elsewhere.
                tracing::debug!("what ffmpeg can do was not kept: {error:#}");
            }
            asked
        }
    };
    let (ffmpeg, ffprobe) = (found.pair.ffmpeg, found.pair.ffprobe);
    Ok(Tools { ffmpeg, ffprobe, version: found.version, capabilities, key })
}

async fn key(found: &Found) -> anyhow::Result<String> {
    let path = found.pair.ffmpeg.clone();
    let hashed = tokio::task::spawn_blocking(move || digest::of_file(&path)).await?;
    let (_, sha256) = hashed.with_context(|| format!("reading {}", found.pair.ffmpeg.display()))?;
    Ok(digest::of_bytes(format!("{sha256}\n{}", found.about).as_bytes()))
}

/// None if the file is missing, cut short, or not an answer of an ffmpeg.
fn read(kept: &Path) -> Option<Capabilities> {
    if std::fs::metadata(kept).ok()?.len() > KEPT_BYTES_MAX {
        return None;
    }
    let capabilities: Capabilities = serde_json::from_slice(&std::fs::read(kept).ok()?).ok()?;
    capabilities.is_sound().then_some(capabilities)
}

/// Writes the file completely or not at all; several programs may do so at once.
fn keep(kept: &Path, capabilities: &Capabilities) -> anyhow::Result<()> {
    let folder = kept.parent().context("a file lies in a folder")?;
    std::fs::create_dir_all(folder)?;
    let half: PathBuf = kept.with_extension(format!("{}-new", std::process::id()));
    std::fs::write(&half, serde_json::to_vec(capabilities)?)?;
    Ok(std::fs::rename(&half, kept)?)
}

/// The options that make ffmpeg print its lists, in the order in which [`Capabilities::read`] takes the answers.
const QUESTIONS: [&str; 6] = ["-encoders", "-decoders", "-demuxers", "-muxers", "-filters", "-hwaccels"];

pub(super) async fn ask(found: &Found) -> anyhow::Result<Capabilities> {
    let answers = try_join_all(QUESTIONS.map(|question| answer(found, question))).await?;
    let answers = answers.try_into().ok().context("an answer to each question")?;
    let capabilities = Capabilities::read(&found.version, &answers);
    ensure!(capabilities.is_sound(), "{} does not list what it can do", found.pair.ffmpeg.display());
    Ok(capabilities)
}

async fn answer(found: &Found, question: &str) -> anyhow::Result<String> {
    let ask = ["-hide_banner", question].map(str::to_owned).to_vec();
    let run = Run::new(&found.pair.ffmpeg, ask, RunAccess::nothing());
    let (ended, text) = process::output(&run, &CancellationToken::new(), LISTING_BYTES_MAX).await?;
    ensure!(ended.is_good(), "{} {question} {}", found.pair.ffmpeg.display(), ended.describe());
    Ok(text)
}
