//! The files and folders of a client below the work folder. No other file knows these names.

use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::ids::{ClientId, LeaseId};

/// The work folder, which several clients may share.
#[derive(Debug, Clone)]
pub(crate) struct WorkFolder(PathBuf);

impl WorkFolder {
    /// Absolute, so that a child program in any folder understands our paths.
    pub(crate) fn new(root: &Path) -> std::io::Result<Self> {
        Ok(Self(std::path::absolute(root)?))
    }
    pub(crate) fn root(&self) -> &Path {
        &self.0
    }
    pub(crate) fn database(&self) -> PathBuf {
        self.0.join("db").join("client.db")
    }
    /// The join string for `what`.
    pub(crate) fn join(&self, what: &str) -> PathBuf {
        self.0.join("client").join(format!("join-{what}"))
    }
    /// Leads a browser to the server's page.
    pub(crate) fn open_page(&self) -> PathBuf {
        self.0.join("client").join("open.html")
    }
    pub(crate) fn client(&self, id: &ClientId) -> Folders {
        Folders(self.0.join("client").join(id.as_str()))
    }
}

/// One client's own folder.
#[derive(Debug, Clone)]
pub(crate) struct Folders(PathBuf);

impl Folders {
    pub(crate) fn root(&self) -> &Path {
        &self.0
    }
    pub(crate) fn lock(&self) -> PathBuf {
        self.0.join("lock")
    }
    pub(crate) fn cache(&self) -> PathBuf {
        self.0.join("cache")
    }
    /// The folder for device tests.
    pub(crate) fn trials(&self) -> PathBuf {
        self.0.join("benchmark").join("devices")
    }
    /// The folder of one lease. A measurement has its own folder, where people look for it.
    pub(crate) fn lease(&self, lease: LeaseId, measure: bool) -> PathBuf {
        if measure {
            self.0.join("benchmark").join(lease.to_string())
        } else {
            self.0.join(format!("segment_{lease}"))
        }
    }

    /// Removes what a dead process of this identity left behind; the caller holds the lock.
    pub(crate) fn sweep(&self) -> std::io::Result<u32> {
        let mut swept = 0;
        for entry in std::fs::read_dir(&self.0)? {
            let (entry, name) = entry.map(|entry| (entry.path(), entry.file_name()))?;
            let name = name.to_string_lossy();
            if name.starts_with("segment_") || name == "benchmark" || name == "cache" {
                std::fs::remove_dir_all(entry)?;
                swept += u32::from(name != "cache");
            }
        }
        Ok(swept)
    }
}
