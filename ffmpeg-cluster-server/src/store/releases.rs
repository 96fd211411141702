//! Programs that fit this server, one zip for each platform, for clients that are too old to work for it. `build.sh`
//! makes them, and the operator puts them into the folder `releases`.

use std::collections::BTreeMap;
use std::fs::Metadata;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use ffmpeg_cluster_common::io::digest;
use ffmpeg_cluster_common::protocol::release::{PLATFORMS, Release, file_name, fitting};

use crate::store::file_tag::etag;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Releases {
    folder: Arc<PathBuf>,
    /// Digests of the files by their tags, so that repeated requests do not read a file again.
    known: Arc<Mutex<BTreeMap<&'static str, (String, Release)>>>,
}

impl Releases {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder: Arc::new(folder), known: Arc::default() }
    }

    /// The best release for a client's platform. Reads the file if it has changed.
    pub(crate) fn fitting(&self, platform: &str) -> Option<Release> {
        fitting(platform).find_map(|platform| self.of(platform))
    }

    pub(crate) fn all(&self) -> Vec<Release> {
        PLATFORMS.into_iter().filter_map(|platform| self.of(platform)).collect()
    }

    /// The file of an untrusted name.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        let known = PLATFORMS.into_iter().find(|platform| file_name(platform) == name)?;
        self.regular(known).map(|(path, _)| path)
    }

    fn regular(&self, platform: &str) -> Option<(PathBuf, Metadata)> {
        let path = self.folder.join(file_name(platform));
        let about = std::fs::symlink_metadata(&path).ok().filter(Metadata::is_file)?;
        Some((path, about))
    }

    fn of(&self, platform: &'static str) -> Option<Release> {
        let (path, about) = self.regular(platform)?;
        let tag = etag(&about);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, release)) = known.get(platform).filter(|(seen, _)| *seen == tag) {
            return Some(release.clone());
        }
        let read = digest::of_file(&path);
        let (bytes, sha256) = read
            .inspect_err(|error| tracing::warn!("the release {} can't be read: {error:#}", path.display()))
            .ok()?;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let release = Release { platform: platform.to_owned(), version, bytes, sha256 };
        known.insert(platform, (tag, release.clone()));
        Some(release)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_regular_files_with_the_names_of_releases_are_there() {
        let folder = std::env::temp_dir().join(format!("releases-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("ffmpeg-cluster-linux-x86_64.zip"), b"zip").unwrap();
        std::fs::write(folder.join("notes.txt"), b"x").unwrap();
        std::fs::create_dir_all(folder.join("ffmpeg-cluster-macos-x86_64.zip")).unwrap();
        let releases = Releases::new(folder.clone());
        let all = releases.all();
        assert_eq!(
            all.iter().map(|one| (one.platform.as_str(), one.bytes)).collect::<Vec<_>>(),
            [("linux-x86_64", 3)]
        );
        assert_eq!(all[0].sha256, digest::of_bytes(b"zip"));
        for name in ["notes.txt", "../releases/notes.txt", "ffmpeg-cluster-macos-x86_64.zip", ""] {
            assert_eq!(releases.path(name), None, "{name}");
        }
        // Another file under the same name gets another digest at once.
        std::fs::write(folder.join("ffmpeg-cluster-linux-x86_64.zip"), b"longer").unwrap();
        assert_eq!(releases.fitting("linux-x86_64").unwrap().sha256, digest::of_bytes(b"longer"));
        assert_eq!(releases.fitting("windows-x86_64"), None);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
