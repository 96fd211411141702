//! The places to search for ffmpeg, in order.

use std::path::{Path, PathBuf};

use crate::tools::builds::{Platform, Wish};

/// The two programs; in `PATH` they need not be in the same folder.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    pub(super) ffmpeg: PathBuf,
    pub(super) ffprobe: PathBuf,
}

impl Pair {
    /// Returns None unless the folder has both.
    pub(super) fn in_folder(folder: &Path) -> Option<Self> {
        let program = |name: &str| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let pair = Self { ffmpeg: program("ffmpeg"), ffprobe: program("ffprobe") };
        (pair.ffmpeg.is_file() && pair.ffprobe.is_file()).then_some(pair)
    }
}

/// The pairs that exist.
pub(super) fn pairs(wish: &Wish, tools: &Path) -> Vec<Pair> {
    let folders = folders(wish, tools);
    let absolute = folders.iter().filter_map(|folder| std::path::absolute(folder).ok());
    let mut pairs: Vec<Pair> = absolute.filter_map(|folder| Pair::in_folder(&folder)).collect();
    if looks_in_path(wish)
        && let (Ok(ffmpeg), Ok(ffprobe)) = (which::which("ffmpeg"), which::which("ffprobe"))
    {
        pairs.push(Pair { ffmpeg, ffprobe });
    }
    pairs
}

fn looks_in_path(wish: &Wish) -> bool {
    wish.dir.is_none() && !wish.names_a_build()
}

fn folders(wish: &Wish, tools: &Path) -> Vec<PathBuf> {
    if let Some(dir) = &wish.dir {
        return vec![dir.clone()];
    }
    let fetched = Platform::this()
        .and_then(|platform| wish.plan(platform).ok())
        .map(|plan| fetched(tools, &plan.key()));
    if wish.names_a_build() {
        return fetched.into_iter().collect();
    }
    let beside = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_owned));
    let mut all: Vec<_> =
        beside.iter().flat_map(|dir| [dir.join("bin"), dir.join("tools"), dir.clone()]).collect();
    all.push(tools.to_owned());
    all.extend(fetched);
    if wish.no_download {
        // With downloads, these serve only if nothing can be fetched.
        all.extend(earlier(tools));
    }
    all
}

/// The folder of a fetched build.
pub(super) fn fetched(tools: &Path, key: &str) -> PathBuf {
    tools.join(format!("fetched-{key}"))
}

pub(super) fn earlier(tools: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(tools).into_iter().flatten().flatten();
    let mut all: Vec<PathBuf> = entries
        .filter(|e| e.file_name().to_string_lossy().starts_with("fetched-"))
        .map(|e| e.path())
        .collect();
    all.sort();
    all
}

/// A text about the places, for people.
pub(super) fn told(wish: &Wish, tools: &Path) -> String {
    let folders: Vec<String> =
        folders(wish, tools).iter().map(|folder| folder.display().to_string()).collect();
    let path = if looks_in_path(wish) { " or PATH" } else { "" };
    format!("in {}{path}", folders.join(", "))
}
