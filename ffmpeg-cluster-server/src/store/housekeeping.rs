//! Makes the folders, locks them while the server runs, and removes what nobody needs any more.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;

use anyhow::Context;
use ffmpeg_cluster_common::cluster::change::Memory;
use ffmpeg_cluster_common::ids::{JobId, UploadId};
use ffmpeg_cluster_common::io::{durable, permissions, sandbox};

use crate::store::blobs::disk;
use crate::store::folders::{Folders, JOINING, TRIED};

/// Another server uses the folder.
#[derive(Debug, thiserror::Error)]
#[error("another server is using {0}; stop it, or give this one another --work-dir")]
pub struct InUse(pub String);

/// The locked work folder; the lock is held while this lives.
#[derive(Debug)]
pub struct WorkFolder {
    pub folders: Folders,
    pub lock: File,
}

impl WorkFolder {
    /// Makes the folders and takes the lock.
    pub fn take(work_dir: &Path) -> anyhow::Result<Self> {
        sandbox::check_hidden("--work-dir", work_dir)?;
        let folders = Folders::new(work_dir).context("resolving the work folder")?;
        for folder in [folders.databases(), folders.jobs(), folders.uploads()] {
            permissions::folder(&folder).with_context(|| format!("making {}", folder.display()))?;
        }
        permissions::file(&folders.database()).context("keeping others off the database")?;
        let taken = durable::lock(&folders.lock());
        let taken = taken.with_context(|| format!("locking {}", folders.lock().display()))?;
        let lock = taken.ok_or_else(|| InUse(folders.root().display().to_string()))?;
        Ok(Self { folders, lock })
    }
}

/// Removes what a killed server left: unfinished results, pieces without a lease or a row, and uploads without a row.
/// Removes all files of dry runs.
pub fn sweep(folders: &Folders, memory: &Memory, uploads: &BTreeSet<UploadId>) -> std::io::Result<()> {
    let tried = folders.root().join(TRIED);
    let _ = fs::remove_dir_all(&tried);
    permissions::folder(&tried)?;
    let known: BTreeSet<_> = uploads.iter().map(|upload| folders.upload(upload)).collect();
    remove_files(&folders.uploads(), |path| !known.contains(path));
    let jobs: BTreeMap<_, _> = memory.jobs.iter().map(|job| (&job.job, job)).collect();
    for entry in fs::read_dir(folders.jobs())?.filter_map(Result::ok) {
        let Some(job) = entry.file_name().to_str().and_then(|name| name.parse::<JobId>().ok()) else {
            continue;
        };
        if job.as_str() == "uploads" {
            continue;
        }
        match jobs.get(&job) {
            None => clean_job(folders, &job, None),
            Some(known) => {
                let kept = known.pieces.iter().map(|piece| folders.piece(&job, piece.lease));
                let leased = known.leases.iter().map(|held| folders.arriving(&job, held.lease));
                let wanted: BTreeSet<_> = kept.chain(leased).collect();
                remove_files(&folders.segments(&job), |path| !wanted.contains(path));
                remove_half_made(folders, &job);
            }
        }
    }
    Ok(())
}

/// Removes the files of an ended job, except its result.
pub fn clean_job(folders: &Folders, job: &JobId, upload: Option<&UploadId>) {
    if let Some(upload) = upload {
        let _ = fs::remove_file(folders.upload(upload));
    }
    let _ = fs::remove_dir_all(folders.segments(job));
    let known = [folders.index(job), folders.packets(job), folders.source(job), folders.blocks(job)];
    for file in known.into_iter().chain([folders.packed(job)]) {
        let _ = fs::remove_file(file);
    }
    remove_half_made(folders, job);
    // Fails, on purpose, if the folder holds a result.
    let _ = fs::remove_dir(folders.job(job));
}

fn remove_half_made(folders: &Folders, job: &JobId) {
    let half_made = |path: &Path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name.starts_with(JOINING) || name.ends_with(".new")
    };
    remove_files(&folders.job(job), half_made);
}

fn remove_files(folder: &Path, doomed: impl Fn(&Path) -> bool) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        if doomed(&entry.path()) {
            let _ = disk::remove(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use ffmpeg_cluster_common::cluster::change::{RememberedJob, RememberedLease, RememberedPiece};
    use ffmpeg_cluster_common::cluster::event::CheckedPiece;
    use ffmpeg_cluster_common::ids::LeaseId;
    use ffmpeg_cluster_common::media::plan::piece::PieceFacts;
    use ffmpeg_cluster_common::protocol::command::JobState;
    use ffmpeg_cluster_common::time::WallMillis;

    use super::*;
    use crate::samples::{pictures, spec};

    fn place() -> WorkFolder {
        WorkFolder::take(&std::env::temp_dir().join(format!("ffmpeg-cluster-{}", uuid::Uuid::new_v4())))
            .unwrap()
    }

    fn write(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, b"x").unwrap();
    }

    const fn lease(seq: u64) -> LeaseId {
        LeaseId { boot: 1, seq }
    }

    /// A job with a kept piece under lease 1 and a current lease 2.
    fn remembered(job: &JobId) -> RememberedJob {
        let client = "c1".parse().unwrap();
        let facts = PieceFacts {
            frames: 9,
            params: Vec::new(),
            findings: Default::default(),
            encoder: None,
            begins: None,
        };
        let piece = CheckedPiece { bytes: 1, sha256: String::new(), facts };
        let segment = pictures(0, 9);
        RememberedJob {
            job: job.clone(),
            spec: spec(),
            state: JobState::Processing,
            film: None,
            created_at: WallMillis(1),
            pieces: vec![RememberedPiece { lease: lease(1), segment, client, piece, encode_ms: 1 }],
            leases: vec![RememberedLease {
                lease: lease(2),
                segment: pictures(9, 18),
                client: "c1".parse().unwrap(),
                seat: None,
            }],
            attempts: Vec::new(),
            crashes: 0,
            place: Default::default(),
            paused: false,
        }
    }

    #[test]
    fn the_folder_has_one_owner_at_a_time() {
        let first = place();
        let root = first.folders.root().to_owned();
        let error = WorkFolder::take(&root).unwrap_err();
        assert!(error.is::<InUse>(), "{error:#}");
        drop(first);
        WorkFolder::take(&root).unwrap();
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn a_start_keeps_what_is_needed_and_nothing_else() {
        let WorkFolder { folders, lock: _lock } = place();
        let (open, ended): (JobId, JobId) = ("open".parse().unwrap(), "ended".parse().unwrap());
        let (waiting, spent): (UploadId, UploadId) = ("waiting".parse().unwrap(), "spent".parse().unwrap());
        let needed = [
            folders.piece(&open, lease(1)),
            folders.arriving(&open, lease(2)),
            folders.index(&open),
            folders.source(&open),
            folders.result(&ended, "o.mp4"),
            folders.result(&ended, "joining-hands.mp4"),
            folders.upload(&waiting),
        ];
        let left_over = [
            folders.arriving(&open, lease(7)),
            folders.piece(&open, lease(8)),
            folders.joining(&open, "o.mp4"),
            folders.piece(&ended, lease(1)),
            folders.index(&ended),
            folders.joining(&ended, "o.mp4"),
            folders.upload(&spent),
            folders.root().join(TRIED).join("a").join("picture"),
        ];
        needed.iter().chain(&left_over).for_each(|path| write(path));
        write(&folders.index(&"cancelled".parse().unwrap()));
        let memory = Memory { jobs: vec![remembered(&open)], ..Memory::default() };
        sweep(&folders, &memory, &BTreeSet::from([waiting])).unwrap();
        for path in &needed {
            assert!(path.is_file(), "{} is gone", path.display());
        }
        for path in &left_over {
            assert!(!path.exists(), "{} is still there", path.display());
        }
        assert!(!folders.job(&"cancelled".parse().unwrap()).exists(), "an empty folder is still there");
        fs::remove_dir_all(folders.root()).unwrap();
    }
}
