//! Remembers the server's name for an upload, so that the next run can resume it.
//! There is one small file for each server and source. A changed source counts as another one.

use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use anyhow::Context;
use ffmpeg_cluster_common::ids::UploadId;
use ffmpeg_cluster_common::io::{digest, durable};
use serde_json::{Value, json};

/// Locked while it exists, because two runs with the same upload would disturb each other.
#[derive(Debug)]
pub(crate) struct Memo {
    file: File,
    path: PathBuf,
    source: PathBuf,
}

impl Memo {
    pub(crate) fn open(work: &Path, server: &str, source: &Path, about: &Metadata) -> anyhow::Result<Self> {
        let source = std::path::absolute(source)?;
        let modified = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let told = (server, &source, about.len(), modified.unwrap_or_default().as_nanos());
        let folder = work.join("client").join("uploads");
        std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        let name = &digest::of_bytes(format!("{told:?}").as_bytes())[..32];
        let path = folder.join(format!("{name}.json"));
        let file = durable::lock(&path).with_context(|| format!("locking {}", path.display()))?;
        let file =
            file.with_context(|| format!("another run is sending {} to this server", source.display()))?;
        Ok(Self { file, path, source })
    }

    pub(crate) fn upload(&mut self) -> Option<UploadId> {
        let mut text = String::new();
        self.file.seek(SeekFrom::Start(0)).ok()?;
        self.file.read_to_string(&mut text).ok()?;
        let value: Value = serde_json::from_str(&text).ok()?;
        value["upload_id"].as_str()?.parse().ok()
    }

    pub(crate) fn remember(&mut self, upload: &UploadId) -> anyhow::Result<()> {
        let text = json!({ "upload_id": upload, "file": self.source.display().to_string() }).to_string();
        let mut write = || {
            self.file.set_len(0)?;
            self.file.seek(SeekFrom::Start(0))?;
            self.file.write_all(text.as_bytes())?;
            self.file.sync_all()
        };
        write().with_context(|| format!("writing {}", self.path.display()))
    }

    pub(crate) fn forget(self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::scratch::Scratch;

    #[test]
    fn remembers_for_the_same_file_and_server_only() {
        let scratch = Scratch::new();
        let film = scratch.path().join("film");
        std::fs::write(&film, "one").unwrap();
        let open = |server: &str| {
            Memo::open(scratch.path(), server, &film, &std::fs::metadata(&film).unwrap()).unwrap()
        };
        let id: UploadId = "u-1".parse().unwrap();
        let mut memo = open("a:1");
        assert_eq!(memo.upload(), None);
        memo.remember(&"a-longer-name-than-the-next".parse().unwrap()).unwrap();
        memo.remember(&id).unwrap();
        drop(memo);
        assert_eq!(open("a:1").upload(), Some(id));
        assert_eq!(open("b:1").upload(), None);
        std::fs::write(&film, "other").unwrap();
        assert_eq!(open("a:1").upload(), None);
    }

    #[test]
    fn one_run_at_a_time() {
        let scratch = Scratch::new();
        let film = scratch.path().join("film");
        std::fs::write(&film, "one").unwrap();
        let about = std::fs::metadata(&film).unwrap();
        let first = Memo::open(scratch.path(), "a:1", &film, &about).unwrap();
        assert!(Memo::open(scratch.path(), "a:1", &film, &about).is_err());
        first.forget();
        assert!(Memo::open(scratch.path(), "a:1", &film, &about).is_ok());
    }
}
