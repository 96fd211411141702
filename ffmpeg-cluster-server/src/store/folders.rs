//! The layout of the work folder. No other module knows these names.

use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::ids::{JobId, LeaseId, UploadId};

/// The name of an unfinished result, before its suffix.
pub const JOINING: &str = ".joining";
/// The folder of a stream, in the place of a result.
pub(crate) const STREAM: &str = "stream";
/// Below the root: files of dry runs, which do not outlive the server.
pub(crate) const TRIED: &str = "tried";

/// Below the root: the operator's own presets.
pub(crate) const PRESETS: &str = "presets";

#[derive(Debug, Clone)]
pub struct Folders {
    root: PathBuf,
}

impl Folders {
    /// Makes `root` absolute, so that a child process in any folder can use our paths.
    pub fn new(root: &Path) -> std::io::Result<Self> {
        Ok(Self { root: std::path::absolute(root)? })
    }
    pub fn root(&self) -> &Path {
        &self.root
    }
    pub fn databases(&self) -> PathBuf {
        self.root.join("db")
    }
    pub fn database(&self) -> PathBuf {
        self.databases().join("server.db")
    }
    pub fn lock(&self) -> PathBuf {
        self.databases().join("server.lock")
    }
    /// Only the server's user may look in here.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }
    pub fn certificate(&self) -> PathBuf {
        self.keys().join("certificate.pem")
    }
    pub fn private_key(&self) -> PathBuf {
        self.keys().join("private-key.pem")
    }
    /// The join string of the first token.
    pub fn first_join(&self) -> PathBuf {
        self.keys().join("join")
    }
    /// Programs for clients that are too old; the operator puts them here.
    pub fn releases(&self) -> PathBuf {
        self.root.join("releases")
    }
    /// The port that a server of this folder listens on, or listened on last.
    pub fn port(&self) -> PathBuf {
        self.root.join("db").join("server.port")
    }
    pub fn jobs(&self) -> PathBuf {
        self.root.join("server")
    }
    /// Who did what.
    pub fn audit_log(&self) -> PathBuf {
        self.jobs().join("audit.log")
    }
    pub fn uploads(&self) -> PathBuf {
        self.jobs().join("uploads")
    }
    pub fn upload(&self, upload: &UploadId) -> PathBuf {
        self.uploads().join(upload.as_str())
    }
    pub fn job(&self, job: &JobId) -> PathBuf {
        self.jobs().join(job.as_str())
    }
    /// The exact frame list of a source.
    pub fn index(&self, job: &JobId) -> PathBuf {
        self.job(job).join("frames.index")
    }
    /// The packets of a source whose frames are to be listed.
    pub fn packets(&self, job: &JobId) -> PathBuf {
        self.job(job).join("packets.index")
    }
    /// The images of a job, packed into one file. No result has this suffix.
    pub fn packed(&self, job: &JobId) -> PathBuf {
        self.job(job).join("images.packed")
    }
    /// ffprobe's facts about a source, as our own `Source`.
    pub fn source(&self, job: &JobId) -> PathBuf {
        self.job(job).join("source.json")
    }
    /// Digests of a film's blocks.
    pub fn blocks(&self, job: &JobId) -> PathBuf {
        self.job(job).join("source.blocks")
    }
    pub fn segments(&self, job: &JobId) -> PathBuf {
        self.job(job).join("segments")
    }
    /// A piece that is still arriving or not yet checked.
    pub fn arriving(&self, job: &JobId, lease: LeaseId) -> PathBuf {
        self.segments(job).join(format!("{lease}.part"))
    }
    /// A piece that was checked and made durable.
    pub fn piece(&self, job: &JobId, lease: LeaseId) -> PathBuf {
        self.segments(job).join(format!("{lease}.piece"))
    }
    /// An unfinished result. It has the suffix of the result, so that ffmpeg picks the same container, and a name that no
    /// result can have.
    pub fn joining(&self, job: &JobId, output_name: &str) -> PathBuf {
        let suffix = output_name.rsplit('.').next().unwrap_or_default();
        self.job(job).join(format!("{JOINING}.{suffix}"))
    }
    pub fn result(&self, job: &JobId, output_name: &str) -> PathBuf {
        self.job(job).join(output_name)
    }
}
