//! Finds ffmpeg and ffprobe: in the operator's folder,
//! beside our own binary, in `tools/` of the work folder, or in `PATH`.
//! If none of these has both, it fetches a known build.

use std::path::Path;

use anyhow::{Context, anyhow, bail};

use super::places::Pair;
use super::{Tools, capabilities, identify, install, places};
use crate::tools::builds::{Plan, Platform, Wish};

/// Searches the places of `wish` in order, and fetches a build if none has suitable programs.
pub async fn find(wish: &Wish, work_dir: &Path) -> anyhow::Result<Tools> {
    let tools = std::path::absolute(work_dir).context("resolving the work folder")?.join("tools");
    let mut passed_over = Vec::new();
    for pair in places::pairs(wish, &tools) {
        match identify::programs(&pair).await.and_then(identify::accept) {
            Ok(found) => return capabilities::complete(found, &tools).await,
            Err(error) if wish.dir.is_some() => return Err(error),
            Err(error) => {
                tracing::warn!("{error:#}");
                passed_over.push(format!("{error:#}"));
            }
        }
    }
    let nothing =
        passed_over.pop().unwrap_or_else(|| format!("ffmpeg was not found {}", places::told(wish, &tools)));
    if wish.dir.is_some() || wish.no_download {
        bail!("{nothing}; install ffmpeg 5.1 or newer, or give --ffmpeg-dir{}", or_download(wish));
    }
    let Some(platform) = Platform::this() else {
        let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
        bail!(
            "{nothing}, and there is no build to fetch for {os} on {arch}; install ffmpeg, or give --ffmpeg-dir"
        );
    };
    let plan = wish.plan(platform).map_err(|refusal| anyhow!(refusal))?;
    tracing::info!("{nothing}; fetching {}", plan.label);
    let folder = match install::build(&plan, &tools).await {
        Ok(folder) => folder,
        Err(error) => return instead(wish, &tools).await.ok_or_else(|| unfetched(error, &plan)),
    };
    let pair = Pair::in_folder(&folder).with_context(|| format!("{} was emptied", folder.display()))?;
    capabilities::complete(identify::programs(&pair).await.and_then(identify::accept)?, &tools).await
}

/// Falls back to a build that an earlier version of us fetched.
async fn instead(wish: &Wish, tools: &Path) -> Option<Tools> {
    if wish.names_a_build() {
        return None;
    }
    for pair in places::earlier(tools).iter().filter_map(|folder| Pair::in_folder(folder)) {
        if let Ok(found) = identify::programs(&pair).await.and_then(identify::accept) {
            tracing::warn!("no other ffmpeg could be fetched; {} is used", pair.ffmpeg.display());
            return capabilities::complete(found, tools).await.ok();
        }
    }
    None
}

fn unfetched(error: anyhow::Error, plan: &Plan) -> anyhow::Error {
    let label = &plan.label;
    error.context(format!("could not fetch {label}; give --ffmpeg-mirror or --ffmpeg-dir, or install ffmpeg"))
}

fn or_download(wish: &Wish) -> &'static str {
    if wish.no_download { ", or leave out --no-download" } else { "" }
}
