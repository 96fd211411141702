//! Remembers the outcomes of dry runs by what they depend on. The server keeps one ffmpeg for its life, so equal runs give equal outcomes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ffmpeg_cluster_common::media::command::dry_run::DryRunFiles;
use ffmpeg_cluster_common::media::params::ColorProperties;

use crate::store::folders::{Folders, TRIED};
use crate::work::recent::{CacheLimits, Entry, Recent};

const RUNS_MOST: CacheLimits = CacheLimits { entries: 32, bytes: 64 << 20 };
const JOINS_MOST: CacheLimits = CacheLimits { entries: 256, bytes: 0 };

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct DryRunCache(Arc<Mutex<Memory>>);

#[derive(Debug)]
struct Memory {
    runs: Recent<Outcome>,
    /// Dry joins that succeeded.
    joins: Recent<()>,
}

/// What ffmpeg made of some parameters.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// ffmpeg refuses the parameters, for this reason.
    Refused(String),
    /// No files: a device encodes, or the server's ffmpeg lacks the encoder.
    Nothing,
    /// The filters gave no frame this early.
    NoFrame,
    Frames(Arc<Frames>),
}

/// Files of a dry run that gave frames.
#[derive(Debug)]
pub(crate) struct Frames {
    /// The key of the run that made them.
    pub(crate) key: String,
    pub(crate) made: DryRunFiles,
    pub(crate) folder: Folder,
    pub(crate) bytes: u64,
    /// Of the encoded picture, if its rows matter.
    pub(crate) height: Option<u32>,
    pub(crate) looks: Option<ColorProperties>,
}

/// A folder that is deleted with its last user.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(folders: &Folders) -> std::io::Result<Self> {
        let folder = Self(folders.root().join(TRIED).join(uuid::Uuid::new_v4().to_string()));
        std::fs::create_dir_all(&folder.0)?;
        Ok(folder)
    }
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
    /// The total size of its files.
    pub(crate) fn bytes(&self) -> std::io::Result<u64> {
        std::fs::read_dir(&self.0)?.map(|file| Ok(file?.metadata()?.len())).sum()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Outcome {
    fn bytes(&self) -> u64 {
        match self {
            Self::Frames(frames) => frames.bytes,
            Self::Refused(_) | Self::Nothing | Self::NoFrame => 0,
        }
    }
    /// False if somebody deleted the files.
    fn is_whole(&self) -> bool {
        match self {
            Self::Frames(frames) => frames.folder.bytes().is_ok_and(|bytes| bytes == frames.bytes),
            Self::Refused(_) | Self::Nothing | Self::NoFrame => true,
        }
    }
}

impl Default for DryRunCache {
    fn default() -> Self {
        let memory = Memory { runs: Recent::new(RUNS_MOST), joins: Recent::new(JOINS_MOST) };
        Self(Arc::new(Mutex::new(memory)))
    }
}

impl DryRunCache {
    pub(crate) fn run(&self, key: &str) -> Option<Outcome> {
        let outcome = self.memory().runs.get(key)?;
        if !outcome.is_whole() {
            self.memory().runs.take(key);
            return None;
        }
        Some(outcome)
    }
    pub(crate) fn remember_run(&self, key: &str, outcome: &Outcome) {
        let (key, bytes) = (key.to_owned(), outcome.bytes());
        self.memory().runs.put(Entry { key, value: outcome.clone(), bytes });
    }
    pub(crate) fn joined(&self, key: &str) -> bool {
        self.memory().joins.get(key).is_some()
    }
    pub(crate) fn remember_join(&self, key: String) {
        self.memory().joins.put(Entry { key, value: (), bytes: 0 });
    }
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders() -> Folders {
        let name = format!("ffmpeg-cluster-{}", uuid::Uuid::new_v4());
        Folders::new(&std::env::temp_dir().join(name)).unwrap()
    }

    fn frames(folders: &Folders) -> Arc<Frames> {
        let folder = Folder::new(folders).unwrap();
        let picture = folder.path().join("picture");
        std::fs::write(&picture, b"frames").unwrap();
        let made = DryRunFiles {
            picture: picture.display().to_string(),
            sound: String::new(),
            sounds: 0,
            looks: None,
        };
        let (key, bytes) = (String::new(), folder.bytes().unwrap());
        Arc::new(Frames { key, made, folder, bytes, height: None, looks: None })
    }

    #[test]
    fn a_refusal_is_remembered_with_its_words() {
        let tried = DryRunCache::default();
        tried.remember_run("a", &Outcome::Refused("no such preset".into()));
        let Some(Outcome::Refused(why)) = tried.run("a") else { panic!("it is not remembered") };
        assert_eq!(why, "no such preset");
        assert!(tried.run("b").is_none());
    }

    #[test]
    fn files_stay_as_long_as_somebody_uses_them() {
        let (folders, tried) = (folders(), DryRunCache::default());
        let made = frames(&folders);
        let picture = PathBuf::from(&made.made.picture);
        tried.remember_run("a", &Outcome::Frames(made));
        let Some(Outcome::Frames(used)) = tried.run("a") else { panic!("it is not remembered") };
        (0..RUNS_MOST.entries).for_each(|n| tried.remember_run(&n.to_string(), &Outcome::Nothing));
        assert!(tried.run("a").is_none() && picture.is_file());
        drop(used);
        assert!(!picture.exists() && std::fs::read_dir(folders.root().join(TRIED)).unwrap().next().is_none());
        std::fs::remove_dir_all(folders.root()).unwrap();
    }

    #[test]
    fn a_run_whose_files_somebody_deleted_is_made_again() {
        let (folders, tried) = (folders(), DryRunCache::default());
        let made = frames(&folders);
        std::fs::remove_file(&made.made.picture).unwrap();
        tried.remember_run("a", &Outcome::Frames(made));
        assert!(tried.run("a").is_none());
        std::fs::remove_dir_all(folders.root()).unwrap();
    }
}
