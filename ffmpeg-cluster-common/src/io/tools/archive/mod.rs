//! Extracts files from an archive on disk into a folder, all of them or none.

#[cfg(test)]
mod tests;

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use crate::tools::archive::{self, Bounds, Pack, Refusal, Wanted};

/// Extracts into `folder`, which must exist and have none of the files yet.
/// Blocks the thread; a failure leaves nothing behind.
pub fn take(
    path: &Path,
    pack: Pack,
    wanted: &[Wanted],
    folder: &Path,
    bounds: &Bounds,
) -> Result<Vec<PathBuf>, Refusal> {
    let opened = File::open(path).map_err(|error| Refusal::Broken(error.to_string()))?;
    let mut made = Vec::new();
    let mut sink = |name: &str| {
        let path = folder.join(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        made.push(path);
        Ok(Box::new(Durable(file)) as Box<dyn Write>)
    };
    let taken = archive::take(BufReader::new(opened), pack, wanted, bounds, &mut sink);
    if taken.is_err() {
        for path in &made {
            let _ = std::fs::remove_file(path);
        }
    }
    taken.map(|()| made)
}

/// A file that a flush syncs to the disk.
struct Durable(File);

impl Write for Durable {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }
}
