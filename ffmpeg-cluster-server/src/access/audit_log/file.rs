//! An append-only file. A full file is renamed to a numbered one, and the oldest is deleted.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const BYTES_MAX: u64 = 16 << 20;
/// Numbered files kept beside the current one.
const OLD_MAX: u32 = 7;

#[derive(Debug)]
pub(super) struct Rotating {
    path: PathBuf,
    file: File,
    bytes: u64,
    bytes_max: u64,
}

impl Rotating {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let (file, bytes) = open(path)?;
        let mut all = Self { path: path.to_owned(), file, bytes, bytes_max: BYTES_MAX };
        if !ends_its_line(path)? {
            all.add("")?;
        }
        Ok(all)
    }

    /// On a full disk a line is missing, never torn.
    pub(super) fn add(&mut self, line: &str) -> io::Result<()> {
        if self.bytes > 0 && self.bytes + line.len() as u64 > self.bytes_max {
            self.turn()?;
        }
        if let Err(error) = self.file.write_all(format!("{line}\n").as_bytes()) {
            let _ = self.file.set_len(self.bytes);
            return Err(error);
        }
        self.bytes += line.len() as u64 + 1;
        Ok(())
    }

    fn turn(&mut self) -> io::Result<()> {
        for n in (1..OLD_MAX).rev() {
            match std::fs::rename(self.old(n), self.old(n + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        std::fs::rename(&self.path, self.old(1))?;
        (self.file, self.bytes) = open(&self.path)?;
        Ok(())
    }

    fn old(&self, n: u32) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{n}"));
        name.into()
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let bytes = file.metadata()?.len();
    Ok((file, bytes))
}

/// A killed process may have left half a line.
fn ends_its_line(path: &Path) -> io::Result<bool> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = File::open(path)?;
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_lines_stay_and_no_line_is_torn() {
        let folder = std::env::temp_dir().join(format!("ffmpeg-cluster-turns-{}", uuid::Uuid::new_v4()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("audit.log");
        std::fs::write(&path, "whole\nhal").unwrap();
        let mut file = Rotating { bytes_max: 40, ..Rotating::open(&path).unwrap() };
        for n in 0..60 {
            file.add(&format!("line {n}")).unwrap();
        }
        let names = std::fs::read_dir(&folder).unwrap().count();
        assert_eq!(names, 8, "the oldest are gone");
        let last = std::fs::read_to_string(&path).unwrap();
        assert!(last.ends_with("line 59\n"), "{last}");
        for entry in std::fs::read_dir(&folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(text.len() <= 40 && text.lines().all(|line| line.starts_with("line ")), "{text}");
        }
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn half_a_line_is_ended_before_the_next_begins() {
        let path = std::env::temp_dir().join(format!("ffmpeg-cluster-half-{}", uuid::Uuid::new_v4()));
        std::fs::write(&path, "hal").unwrap();
        Rotating::open(&path).unwrap().add("next").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "hal\nnext\n");
        std::fs::remove_file(path).unwrap();
    }
}
