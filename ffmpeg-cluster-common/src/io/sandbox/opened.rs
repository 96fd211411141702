//! An opened and checked file, which a run reads by its descriptor,
//! because its path may name another file by then.

use std::fs::File;
use std::io;
#[cfg(target_os = "linux")]
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An open file; it stays open as long as any copy exists.
#[derive(Debug, Clone)]
pub struct Opened {
    file: Arc<File>,
    path: PathBuf,
}

impl Opened {
    pub fn new(file: File, path: PathBuf) -> Self {
        Self { file: Arc::new(file), path }
    }

    #[cfg(target_os = "linux")]
    pub(in crate::io) fn file(&self) -> &File {
        &self.file
    }

    /// The path by which the file was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The name by which a run opens exactly this file:
    /// the run has the descriptor under the same number.
    /// On systems that can't open a file by its descriptor, this is the path.
    pub fn address(&self) -> String {
        by_descriptor(&self.file).unwrap_or_else(|| self.path.display().to_string())
    }

    /// Makes a link by which a run that holds this file opens it.
    /// Fails on systems that can't open a file by its descriptor.
    pub fn link(&self, name: &Path) -> io::Result<()> {
        let address = by_descriptor(&self.file).ok_or(io::ErrorKind::Unsupported)?;
        symlink(&address, name)
    }

    /// Opens the file again, with its own read position.
    pub fn again(&self) -> io::Result<File> {
        File::open(self.address())
    }

    /// A line of the run's output, with the path instead of the descriptor.
    pub(in crate::io) fn named(&self, line: String) -> String {
        match by_descriptor(&self.file) {
            Some(address) if line.contains(&address) => {
                line.replace(&address, &self.path.display().to_string())
            }
            Some(_) | None => line,
        }
    }
}

impl PartialEq for Opened {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.file, &other.file)
    }
}

impl Eq for Opened {}

/// macOS has such names too, but there all files opened by one name share their read position.
#[cfg(target_os = "linux")]
fn by_descriptor(file: &File) -> Option<String> {
    use std::os::fd::AsRawFd;
    let address = format!("/proc/self/fd/{}", file.as_raw_fd());
    Path::new(&address).exists().then_some(address)
}

#[cfg(not(target_os = "linux"))]
fn symlink(_: &str, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(not(target_os = "linux"))]
fn by_descriptor(_: &File) -> Option<String> {
    None
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use crate::io::process::{Run, output};
    use crate::io::sandbox::RunAccess;

    #[tokio::test]
    async fn what_was_opened_is_read_and_not_what_lies_there_now() {
        let path = std::env::temp_dir().join(format!("ffmpeg-cluster-opened-{}", std::process::id()));
        std::fs::write(&path, "first").unwrap();
        let opened = Opened::new(File::open(&path).unwrap(), path.clone());
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "second").unwrap();
        let read = |reach: RunAccess, what: String| async move {
            let run = Run::new(Path::new("/bin/cat"), vec![what], reach);
            output(&run, &Default::default(), 100).await.unwrap()
        };
        let (_, text) = read(RunAccess::nothing().holds(&opened), opened.address()).await;
        assert_eq!(text, "first\n");
        let (ended, _) = read(RunAccess::nothing(), opened.address()).await;
        assert!(!ended.is_good(), "a descriptor went to a run that was not given it");
        let name = path.with_extension("name");
        opened.link(&name).unwrap();
        let (_, text) = read(RunAccess::nothing().holds(&opened), name.display().to_string()).await;
        std::fs::remove_file(name).unwrap();
        assert_eq!(text, "first\n", "by another name");
        let (ended, _) = read(RunAccess::nothing().holds(&opened), format!("{}/x", opened.address())).await;
        let said = ended.tail.join(" ");
        assert!(said.contains(path.to_str().unwrap()) && !said.contains("/proc/"), "{said}");
        std::fs::remove_file(path).unwrap();
    }
}
