//! Finds ffmpeg and ffprobe: a folder given by the operator, beside our own binary, `tools/` of the work
//! folder, `PATH`; and says what was looked at when there is none.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use tokio_util::sync::CancellationToken;

use super::process::{self, Run};
use super::sandbox::Reach;
use crate::media::guard::Decoders;

/// What was found, proved by running it.
#[derive(Debug, Clone)]
pub struct Tools {
    pub ffmpeg: PathBuf,
    pub ffprobe: PathBuf,
    /// As ffmpeg says it, for instance `5.1.9-0+deb12u1`.
    pub version: String,
    pub decoders: Decoders,
}

/// The oldest ffmpeg that has what we rely on (`-fps_mode`).
const MAJOR_MIN: u32 = 5;
/// Six hundred lines and some.
const LISTING_BYTES_MAX: usize = 256 * 1024;

/// Looks in `given`, then where a release or an earlier download put them, then in `PATH`.
pub async fn find(given: Option<&Path>, work_dir: &Path) -> anyhow::Result<Tools> {
    let (ffmpeg, ffprobe) = (locate("ffmpeg", given, work_dir)?, locate("ffprobe", given, work_dir)?);
    let cancel = CancellationToken::new();
    let ask = Run::new(&ffmpeg, vec!["-version".into()], Reach::nothing());
    let (ended, text) = process::output(&ask, &cancel, 64 * 1024).await?;
    let first = text.lines().next().unwrap_or_default();
    let version = first.strip_prefix("ffmpeg version ").and_then(|rest| rest.split(' ').next());
    let Some(version) = version.filter(|_| ended.is_good()) else {
        bail!("{} {} and says {first:?}: is it ffmpeg?", ffmpeg.display(), ended.describe());
    };
    if let Some(major) = major(version).filter(|&major| major < MAJOR_MIN) {
        bail!("{} is version {major}; {MAJOR_MIN}.1 or newer is needed", ffmpeg.display());
    }
    let ask = Run::new(&ffmpeg, ["-hide_banner", "-decoders"].map(str::to_owned).to_vec(), Reach::nothing());
    let (_, listing) = process::output(&ask, &cancel, LISTING_BYTES_MAX).await?;
    let version = version.to_owned();
    Ok(Tools { ffmpeg, ffprobe, version, decoders: Decoders::read(&listing) })
}

fn locate(name: &str, given: Option<&Path>, work_dir: &Path) -> anyhow::Result<PathBuf> {
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let mut folders = Vec::new();
    match given {
        Some(folder) => folders.push(folder.to_owned()),
        None => {
            let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_owned));
            folders.extend(beside.iter().flat_map(|dir| [dir.join("bin"), dir.join("tools"), dir.clone()]));
            folders.push(work_dir.join("tools"));
        }
    }
    let found = folders.iter().map(|folder| folder.join(&file)).find(|path| path.is_file());
    if let Some(path) = found {
        return std::path::absolute(&path).with_context(|| format!("resolving {}", path.display()));
    }
    if let (None, Ok(path)) = (given, which::which(name)) {
        return Ok(path);
    }
    let looked = folders.iter().map(|f| f.display().to_string()).collect::<Vec<_>>().join(", ");
    bail!(
        "{name} was not found in {looked} or PATH; install ffmpeg (scripts/get-ffmpeg.sh does) or give --ffmpeg-dir"
    )
}

/// `7.1`, `n7.1-2-g123`; git builds (`N-118…`) have no number.
fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('n').split(['.', '-']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_many_builders() {
        let all = ["5.1.9-0+deb12u1", "n7.1-2-gabc", "N-118000-gabc", "4.4.2"].map(major);
        assert_eq!(all, [Some(5), Some(7), None, Some(4)]);
    }

    #[tokio::test]
    async fn a_missing_tool_says_where_we_looked() {
        let empty = std::env::temp_dir().join("no-such-folder-of-tools");
        let error = find(Some(&empty), Path::new("work")).await.unwrap_err().to_string();
        assert!(error.contains("no-such-folder-of-tools") && error.contains("--ffmpeg-dir"), "{error}");
    }
}
