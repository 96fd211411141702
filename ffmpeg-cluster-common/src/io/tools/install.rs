//! Fetches a build, and puts both programs into place together.
//! Nobody finds the programs until the last rename, so the process may die at any point.
//! The next attempt continues an interrupted download.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};

use super::fetch::{self, Bar, Limits};
use super::places::{Pair, fetched};
use super::{archive, capabilities, identify};
use crate::io::{disk, durable};
use crate::media::params;
use crate::tools::archive::{Bounds, Pack, Refusal};
use crate::tools::builds::{Plan, Planned, Platform};

const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// The assumed size of unpacked programs, as a multiple of the archive.
const UNPACKED_TIMES: u64 = 4;

/// Installs a build into its own folder below `tools`, unless it is there already,
/// and returns that folder.
pub async fn build(plan: &Plan, tools: &Path) -> anyhow::Result<PathBuf> {
    let folder = fetched(tools, &plan.key());
    std::fs::create_dir_all(tools).with_context(|| format!("making {}", tools.display()))?;
    let _lock = alone(tools).await?;
    if is_whole(&folder, plan.platform) {
        return Ok(folder);
    }
    sweep(tools, plan);
    for file in &plan.files {
        let mut bar = Bar::new(&file.name);
        let part = part(tools, file);
        need_space(file, &part)?;
        fetch::file(file, &part, &Limits::default(), &mut |here, total| bar.at(here, total)).await?;
    }
    let unpacking = tools.join("unpacking");
    if let Err(error) = prepare(plan, tools, &unpacking).await {
        let _ = std::fs::remove_dir_all(&unpacking);
        return Err(error);
    }
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::rename(&unpacking, &folder).context("putting ffmpeg into place")?;
    durable::sync_folder(tools)?;
    sweep(tools, plan);
    remove_parts(tools);
    tracing::info!("{} is in {}", plan.label, folder.display());
    Ok(folder)
}

/// Unpacks both programs, makes them executable and tests them, in a folder that nobody searches.
async fn prepare(plan: &Plan, tools: &Path, unpacking: &Path) -> anyhow::Result<()> {
    std::fs::create_dir(unpacking).with_context(|| format!("making {}", unpacking.display()))?;
    for file in &plan.files {
        let (file, from, into) = (file.clone(), part(tools, file), unpacking.to_owned());
        tokio::task::spawn_blocking(move || unpack(&file, &from, &into)).await??;
    }
    if Some(plan.platform) == Platform::this() {
        return try_out(unpacking).await;
    }
    tracing::info!("{} for {} can't be tried on this machine", plan.label, plan.platform);
    Ok(())
}

/// Copies a fetched build into a folder of the user.
/// Copies ffprobe first, so that a program that finds ffmpeg finds both.
pub fn place(fetched: &Path, platform: Platform, into: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(into).with_context(|| format!("making {}", into.display()))?;
    for program in ["ffprobe", "ffmpeg"].map(|program| platform.file(program)) {
        let (from, half, to) =
            (fetched.join(&program), into.join(format!(".{program}.new")), into.join(&program));
        let placed =
            std::fs::copy(&from, &half).map_err(Into::into).and_then(|_| durable::name(&half, &to, &[]));
        if let Err(error) = placed {
            let _ = std::fs::remove_file(&half);
            return Err(error.context(format!("copying {program} to {}", into.display())));
        }
    }
    Ok(())
}

/// Waits for the lock, and returns it; dropping it releases it.
async fn alone(tools: &Path) -> anyhow::Result<File> {
    let path = tools.join("lock");
    let mut told = false;
    loop {
        if let Some(file) = durable::lock(&path).with_context(|| format!("locking {}", path.display()))? {
            return Ok(file);
        }
        if !std::mem::replace(&mut told, true) {
            tracing::info!("another program is fetching ffmpeg into {}; waiting for it", tools.display());
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn is_whole(folder: &Path, platform: Platform) -> bool {
    ["ffmpeg", "ffprobe"].into_iter().all(|program| folder.join(platform.file(program)).is_file())
}

/// The file of an unfinished download, named by its hash, because two makers may give two files the same name.
fn part(tools: &Path, file: &Planned) -> PathBuf {
    tools.join(format!("{}.part", &file.sha256[..16]))
}

/// Removes what a dead process left behind, except downloads
/// that this plan continues. The caller holds the lock.
fn sweep(tools: &Path, plan: &Plan) {
    let _ = std::fs::remove_dir_all(tools.join("unpacking"));
    let wanted: Vec<PathBuf> = plan.files.iter().map(|file| part(tools, file)).collect();
    for path in parts(tools).filter(|path| !wanted.contains(&path.with_extension("part"))) {
        let _ = std::fs::remove_file(path);
    }
}

fn remove_parts(tools: &Path) {
    for path in parts(tools) {
        let _ = std::fs::remove_file(path);
    }
}

fn parts(tools: &Path) -> impl Iterator<Item = PathBuf> {
    let paths = std::fs::read_dir(tools).into_iter().flatten().flatten().map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|suffix| suffix == "part" || suffix == "tag"))
}

/// Fails before the first byte if the disk is too small for the known sizes.
fn need_space(file: &Planned, part: &Path) -> anyhow::Result<()> {
    let Some(bytes) = file.bytes else { return Ok(()) };
    let here = std::fs::metadata(part).map_or(0, |about| about.len());
    let unpacked = if file.pack == Pack::Plain { 0 } else { bytes * UNPACKED_TIMES };
    fetch::need(part, bytes.saturating_sub(here) + unpacked)
}

fn unpack(file: &Planned, part: &Path, into: &Path) -> anyhow::Result<()> {
    let made = match file.pack {
        Pack::Plain => plain(file, part, into)?,
        pack => archive::take(part, pack, &file.takes, into, &Bounds::PROGRAMS)
            .map_err(|refusal| told(file, refusal, into))?,
    };
    for path in made {
        executable(&path).with_context(|| format!("making {} executable", path.display()))?;
    }
    Ok(())
}

fn told(file: &Planned, refusal: Refusal, into: &Path) -> anyhow::Error {
    if let Refusal::Write { error, .. } = &refusal
        && disk::is_full(error)
    {
        let free = disk::free(into).unwrap_or(0) / 1_000_000;
        return anyhow::anyhow!(
            "not enough disk space to unpack {}: {free} MB are free in {}",
            file.name,
            into.display()
        );
    }
    anyhow::anyhow!("{} was refused: {refusal}", file.name)
}

/// Links the downloaded file instead of moving it, so that nobody has to fetch it again
/// if the test fails or this process dies.
fn plain(file: &Planned, part: &Path, into: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let Some(take) = file.takes.first() else { bail!("{} has no program in it", file.name) };
    let path = into.join(&take.name);
    if std::fs::hard_link(part, &path).is_err() {
        std::fs::copy(part, &path).with_context(|| format!("copying {}", file.name))?;
    }
    Ok(vec![path])
}

fn executable(path: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Runs the programs once, before anybody relies on them.
async fn try_out(folder: &Path) -> anyhow::Result<()> {
    let pair = Pair::in_folder(folder).context("one of the two programs is missing")?;
    let found = identify::programs(&pair)
        .await
        .and_then(identify::accept)
        .context("the fetched ffmpeg does not run here")?;
    let capabilities = capabilities::ask(&found).await?;
    let usual = params::usual().name;
    if !capabilities.encoders.contains(usual) {
        tracing::warn!("the fetched ffmpeg has no {usual}, which most jobs need");
    }
    Ok(())
}
