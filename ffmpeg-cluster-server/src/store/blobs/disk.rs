//! Blobs as files. Errors name the path, for the person who has to repair it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::Context;
use ffmpeg_cluster_common::io::{disk, durable};
use ffmpeg_cluster_common::time::WallMillis;

use super::{About, Appended};

/// Appends leave this much free for the database and the join; a refused piece waits on its client.
const KEPT_FREE: u64 = 4 << 20;

pub(super) fn begin(path: &Path) -> anyhow::Result<()> {
    // Somebody may have deleted the folder under a running server.
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, b"")).with_context(|| format!("making {}", path.display()))?;
    path.parent().map_or(Ok(()), durable::sync_folder)
}

pub(super) fn about(path: &Path) -> Option<About> {
    let about = fs::metadata(path).ok()?;
    let written = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let written = written.map_or(0, |at| u64::try_from(at.as_millis()).unwrap_or(u64::MAX));
    Some(About { bytes: about.len(), written_at: WallMillis(written) })
}

pub(super) fn open_at(path: &Path, offset: u64) -> io::Result<Result<File, u64>> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    let opened = made.and_then(|()| OpenOptions::new().create(true).append(true).open(path));
    let file = opened.map_err(|error| at(path, &error))?;
    let end = file.metadata()?.len();
    Ok(if end == offset { Ok(file) } else { Err(end) })
}

pub(super) fn append(path: &Path, offset: u64, bytes: &[u8]) -> io::Result<Appended> {
    let inside = path.ancestors().find(|folder| folder.is_dir());
    if inside.and_then(disk::free).is_some_and(|free| free < bytes.len() as u64 + KEPT_FREE) {
        return Err(ErrorKind::StorageFull.into());
    }
    let mut file = match open_at(path, offset)? {
        Ok(file) => file,
        Err(end) => return Ok(Appended::Elsewhere(end)),
    };
    if let Err(error) = file.write_all(bytes) {
        file.set_len(offset)?;
        return Err(at(path, &error));
    }
    Ok(Appended::At(offset + bytes.len() as u64))
}

/// Removes a file, or the folder of a stream.
pub(in crate::store) fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(at(path, &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_path_and_keeps_its_kind() {
        let nowhere = std::env::temp_dir().join(format!("ffmpeg-cluster-none-{}\0", std::process::id()));
        let error = append(&nowhere, 0, b"abc").unwrap_err();
        assert!(error.to_string().contains("ffmpeg-cluster-none-"), "{error}");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
}
