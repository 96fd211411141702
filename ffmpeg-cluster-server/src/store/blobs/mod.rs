//! Films and pieces, addressed by what they are. No other module knows where their bytes lie, or how they become durable.
//!
//! - [`disk`]: blobs as files. It blocks, so it runs on blocking threads.
//!
//! ffmpeg reads and writes files, so code that runs ffmpeg may ask for a path; no other code should.

pub(super) mod disk;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use ffmpeg_cluster_common::ids::{JobId, LeaseId, UploadId};
use ffmpeg_cluster_common::io::durable;
use ffmpeg_cluster_common::io::spawn::Background;
use ffmpeg_cluster_common::protocol::transfer::is_stream_file;
use ffmpeg_cluster_common::time::WallMillis;
use tokio::fs::File;
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard};

use super::folders::{Folders, STREAM};
use super::locks::Locks;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Blob {
    Upload(UploadId),
    /// A piece that is still arriving or not yet checked.
    Arriving(JobId, LeaseId),
    /// A piece that was checked.
    Piece(JobId, LeaseId),
    /// An unfinished result, by its final name.
    Joining(JobId, String),
    /// A file, or the folder of a stream.
    Result(JobId, String),
    /// A file of a stream, by its path in the stream's folder.
    OfStream(JobId, StreamFile),
}

/// A path in the folder of a stream, which leads nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StreamFile(String);

impl StreamFile {
    /// None for what no stream contains.
    pub(crate) fn read(path: &str) -> Option<Self> {
        is_stream_file(path).then(|| Self(path.to_owned()))
    }

    pub(crate) fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    pub(crate) fn path(&self) -> &str {
        &self.0
    }
}

/// A blob's size and age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct About {
    pub(crate) bytes: u64,
    pub(crate) written_at: WallMillis,
}

/// The outcome of an append.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Appended {
    /// The new length.
    At(u64),
    /// Nothing was written: the blob ends here instead.
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
            Blob::OfStream(job, file) => self.folders.result(job, STREAM).join(file.path()),
        }
    }

    /// A shared lock for reading; waits for the writer.
    pub(crate) async fn reading(&self, blob: &Blob) -> OwnedRwLockReadGuard<()> {
        self.locks.read(blob).await
    }

    /// An exclusive lock for writing, in turn.
    pub(crate) async fn alone(&self, blob: Blob) -> Alone {
        let lock = self.locks.write(&blob).await;
        Alone { blobs: self.clone(), blob, _lock: lock }
    }

    /// An exclusive lock for writing; None if others read or write now.
    pub(crate) fn alone_now(&self, blob: Blob) -> Option<Alone> {
        let lock = self.locks.try_write(&blob)?;
        Some(Alone { blobs: self.clone(), blob, _lock: lock })
    }

    /// Creates the blob empty and durable.
    pub(crate) async fn begin(&self, blob: &Blob) -> anyhow::Result<()> {
        let path = self.path(blob);
        self.background.blocking(move || disk::begin(&path)).await?
    }

    /// Renames the blob, durably before this returns. Replaces a blob of that name.
    /// There is a crash point after each of the three steps if `points` names them.
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

    /// One entry for each blob, in order; None for a missing one.
    pub(crate) async fn about(&self, blobs: &[Blob]) -> anyhow::Result<Vec<Option<About>>> {
        let paths: Vec<_> = blobs.iter().map(|blob| self.path(blob)).collect();
        let look = move || paths.iter().map(|path| disk::about(path)).collect();
        Ok(self.background.blocking(look).await?)
    }

    /// A missing blob has length 0.
    pub(crate) async fn length(&self, blob: &Blob) -> u64 {
        let path = self.path(blob);
        let look = self.background.blocking(move || disk::about(&path));
        look.await.ok().flatten().map_or(0, |about| about.bytes)
    }

    /// Also removes the folder that a result leaves empty. Removing a missing blob succeeds.
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

    /// Bytes that may still be written; None if the system does not tell.
    pub(crate) async fn free(&self) -> Option<u64> {
        let folder = self.folders.uploads();
        let look = self.background.blocking(move || ffmpeg_cluster_common::io::disk::free(&folder));
        look.await.ok().flatten()
    }
}

/// One blob, locked for writing as long as this lives.
#[derive(Debug)]
pub(crate) struct Alone {
    blobs: Blobs,
    blob: Blob,
    _lock: OwnedRwLockWriteGuard<()>,
}

impl Alone {
    /// Appends all bytes or, as far as the disk allows, none; none if the blob does not end at `offset`. Leaves some of the
    /// disk free. The lock is held until all is written, even if the caller has gone.
    pub(crate) async fn append(self, offset: u64, bytes: Bytes) -> io::Result<Appended> {
        let (path, background) = (self.blobs.path(&self.blob), self.blobs.background.clone());
        let write = move || {
            let _ours = self;
            disk::append(&path, offset, &bytes)
        };
        background.blocking(write).await.map_err(io::Error::other)?
    }

    /// The file, opened for appending; its length if it does not end at `offset`.
    pub(crate) async fn open_at(&self, offset: u64) -> io::Result<Result<File, u64>> {
        let path = self.blobs.path(&self.blob);
        let opened = self.blobs.background.blocking(move || disk::open_at(&path, offset)).await;
        Ok(opened.map_err(io::Error::other)??.map(File::from_std))
    }

    pub(crate) async fn remove(&self) -> io::Result<()> {
        self.blobs.remove(&self.blob).await
    }
}
