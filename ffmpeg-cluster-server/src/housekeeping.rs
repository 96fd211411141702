//! Makes the folders, locks them for life, and removes what nobody needs any more.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::path::Path;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::Memory;
use ffmpeg_cluster_common::ids::{JobId, UploadId};

use crate::folders::Folders;

/// Another server uses the folder.
#[derive(Debug, thiserror::Error)]
#[error("another server is using {0}; stop it, or give this one another --work-dir")]
pub struct InUse(pub String);

/// The work folder, ours alone for as long as this lives.
#[derive(Debug)]
pub struct Place {
    pub folders: Folders,
    pub lock: File,
}

impl Place {
    /// Makes the folders and takes the lock. Its file is never deleted, or two servers could lock two files.
    pub fn take(work_dir: &Path) -> anyhow::Result<Self> {
        let folders = Folders::new(work_dir).context("resolving the work folder")?;
        for folder in [folders.root().join("db"), folders.uploads()] {
            fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        }
        let lock =
            File::create(folders.lock()).with_context(|| format!("opening {}", folders.lock().display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folders, lock }),
            Err(TryLockError::WouldBlock) => Err(InUse(folders.root().display().to_string()).into()),
            Err(TryLockError::Error(error)) => Err(error).context("locking the work folder"),
        }
    }
}

/// Removes what a dead run left: half-made results, pieces that no lease and no row stands for, and uploads that no
/// row stands for.
pub fn sweep(folders: &Folders, memory: &Memory, uploads: &BTreeSet<UploadId>) -> std::io::Result<()> {
    let known: BTreeSet<_> = uploads.iter().map(|upload| folders.upload(upload)).collect();
    remove_files(&folders.uploads(), |path| !known.contains(path));
    for entry in fs::read_dir(folders.jobs())?.filter_map(Result::ok) {
        let Some(job) = entry.file_name().to_str().and_then(|name| name.parse::<JobId>().ok()) else {
            continue;
        };
        if job.as_str() == "uploads" {
            continue;
        }
        match memory.jobs.iter().find(|known| known.job == job) {
            None => clean_job(folders, &job, None),
            Some(known) => {
                let kept = known.pieces.iter().map(|piece| folders.piece(&job, piece.lease));
                let leased = known.leases.iter().map(|(lease, _, _)| folders.arriving(&job, *lease));
                let wanted: BTreeSet<_> = kept.chain(leased).collect();
                remove_files(&folders.segments(&job), |path| !wanted.contains(path));
                remove_half_made(folders, &job);
            }
        }
    }
    Ok(())
}

/// The result stays, if there is one; everything else of an ended job goes.
pub fn clean_job(folders: &Folders, job: &JobId, upload: Option<&UploadId>) {
    if let Some(upload) = upload {
        let _ = fs::remove_file(folders.upload(upload));
    }
    let _ = fs::remove_dir_all(folders.segments(job));
    for file in [folders.index(job), folders.source(job)] {
        let _ = fs::remove_file(file);
    }
    remove_half_made(folders, job);
    // Fails, as it should, where a result lies in it.
    let _ = fs::remove_dir(folders.job(job));
}

fn remove_half_made(folders: &Folders, job: &JobId) {
    let half_made = |path: &Path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with("joining-") || name.ends_with(".new")
    };
    remove_files(&folders.job(job), half_made);
}

fn remove_files(folder: &Path, doomed: impl Fn(&Path) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        if doomed(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
