//! Films and pieces by what they are. Nobody else knows where their bytes lie, or what makes them durable.
//!
//! - [`disk`]: as files. It blocks, so it is called on threads for that.
//!
//! ffmpeg reads and writes files, so its callers may ask for a path; nobody else should.

mod disk;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use ffmpeg_cluster_common::ids::{JobId, LeaseId, UploadId};
use ffmpeg_cluster_common::io::durable;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::time::WallMillis;
use tokio::fs::File;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard};

use super::folders::Folders;
use super::locks::Locks;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Blob {
    Upload(UploadId),
    /// A piece that is still arriving or not yet checked.
    Arriving(JobId, LeaseId),
    /// A piece that was checked.
    Piece(JobId, LeaseId),
    /// A result in the making, by its name to be.
    Joining(JobId, String),
    Result(JobId, String),
}

/// What is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) bytes: u64,
    pub(crate) written_at: WallMillis,
}

/// What became of an append.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    /// The new length.
    At(u64),
    /// Nothing was written: it ends elsewhere.
    Elsewhere(u64),
}

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Blobs {
    folders: Arc<Folders>,
    background: Background,
    locks: Locks<Blob>,
}

impl Blobs {
    pub(crate) fn new(folders: Arc<Folders>, background: Background) -> Self {
        Self { folders, background, locks: Locks::default() }
    }

    /// For ffmpeg.
    pub(crate) fn path(&self, blob: &Blob) -> PathBuf {
        match blob {
            Blob::Upload(upload) => self.folders.upload(upload),
            Blob::Arriving(job, lease) => self.folders.arriving(job, *lease),
            Blob::Piece(job, lease) => self.folders.piece(job, *lease),
            Blob::Joining(job, name) => self.folders.joining(job, name),
            Blob::Result(job, name) => self.folders.result(job, name),
        }
    }

    /// With others who read, once nobody writes.
    pub(crate) async fn reading(&self, blob: &Blob) -> OwnedRwLockReadGuard<()> {
        self.locks.read(blob).await
    }

    /// To write it, in turn.
    pub(crate) async fn alone(&self, blob: Blob) -> Alone {
        let lock = self.locks.write(&blob).await;
        Alone { blobs: self.clone(), blob, _lock: lock }
    }

    /// To write it now; None where others read or write it.
    pub(crate) fn alone_now(&self, blob: Blob) -> Option<Alone> {
        let lock = self.locks.try_write(&blob)?;
        Some(Alone { blobs: self.clone(), blob, _lock: lock })
    }

    /// Empty, and still there after a power cut.
    pub(crate) async fn begin(&self, blob: &Blob) -> anyhow::Result<()> {
        let path = self.path(blob);
        self.background.blocking(move || disk::begin(&path)).await?
    }

    /// Under another name, whole and still there after a power cut, before this returns. What had that name is gone.
    /// There is a crash point after each of its three steps, where `points` names them.
    pub(crate) async fn publish(
        &self,
        from: &Blob,
        to: &Blob,
        points: &'static [&'static str],
    ) -> anyhow::Result<()> {
        let (from, to) = (self.path(from), self.path(to));
        self.background.blocking(move || durable::name(&from, &to, points)).await?
    }

    pub(crate) async fn open(&self, blob: &Blob) -> io::Result<File> {
        File::open(self.path(blob)).await
    }

    /// Of each in its place; None where there is none.
    pub(crate) async fn about(&self, blobs: &[Blob]) -> anyhow::Result<Vec<Option<About>>> {
        let paths: Vec<_> = blobs.iter().map(|blob| self.path(blob)).collect();
        let look = move || paths.iter().map(|path| disk::about(path)).collect();
        Ok(self.background.blocking(look).await?)
    }

    /// What is not there has none.
    pub(crate) async fn length(&self, blob: &Blob) -> u64 {
        let path = self.path(blob);
        let look = self.background.blocking(move || disk::about(&path));
        look.await.ok().flatten().map_or(0, |about| about.bytes)
    }

    /// With the folder that a result leaves empty. What is not there is removed already.
    pub(crate) async fn remove(&self, blob: &Blob) -> io::Result<()> {
        let path = self.path(blob);
        let emptied = if let Blob::Result(job, _) = blob { Some(self.folders.job(job)) } else { None };
        let remove = move || {
            disk::remove(&path)?;
            emptied.as_deref().map(std::fs::remove_dir);
            Ok(())
        };
        self.background.blocking(remove).await.map_err(io::Error::other)?
    }

    /// Bytes that may still be written; None where nobody can tell.
    pub(crate) async fn free(&self) -> Option<u64> {
        let folder = self.folders.uploads();
        let look = self.background.blocking(move || ffmpeg_cluster_common::io::disk::free(&folder));
        look.await.ok().flatten()
    }
}

/// One blob, for as long as this lives nobody else's to read or write.
#[derive(Debug)]
pub(crate) struct Alone {
    blobs: Blobs,
    blob: Blob,
    _lock: OwnedRwLockWriteGuard<()>,
}

impl Alone {
    /// There whole or not at all, as far as the disk allows; not at all where it ends elsewhere than at `offset`. Some
    /// bytes of the disk stay free. The turn lasts until all is written, even where nobody waits for that any more.
    pub(crate) async fn append(self, offset: u64, bytes: Bytes) -> io::Result<Appended> {
        let (path, background) = (self.blobs.path(&self.blob), self.blobs.background.clone());
        let write = move || {
            let _ours = self;
            disk::append(&path, offset, &bytes)
        };
        background.blocking(write).await.map_err(io::Error::other)?
    }

    /// The file, open for the next byte; its length where it ends elsewhere than at `offset`.
    pub(crate) async fn open_at(&self, offset: u64) -> io::Result<Result<File, u64>> {
        let path = self.blobs.path(&self.blob);
        let opened = self.blobs.background.blocking(move || disk::open_at(&path, offset)).await;
        Ok(opened.map_err(io::Error::other)??.map(File::from_std))
    }

    pub(crate) async fn remove(&self) -> io::Result<()> {
        self.blobs.remove(&self.blob).await
    }
}
