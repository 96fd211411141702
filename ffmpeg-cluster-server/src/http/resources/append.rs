//! Adds bytes to the end of a file, if its end is where the sender believes it is. Serves pieces and uploads alike.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

/// What became of an append.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Appended {
    /// The new length.
    At(u64),
    /// Nothing was written: the file ends elsewhere.
    Elsewhere(u64),
}

pub(super) fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |about| about.len())
}

/// The file, open for the next byte, where it ends at `offset`.
pub(super) fn open_at(path: &Path, offset: u64) -> std::io::Result<Result<File, u64>> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let opened = made.and_then(|()| OpenOptions::new().create(true).append(true).open(path));
    let file = opened.map_err(|error| at(path, &error))?;
    let end = file.metadata()?.len();
    Ok(if end == offset { Ok(file) } else { Err(end) })
}

/// A chunk is there whole or not at all, as far as the disk allows.
pub(super) fn append(path: &Path, offset: u64, bytes: &[u8]) -> std::io::Result<Appended> {
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

/// Says where, for whoever has to put it right.
fn at(path: &Path, error: &std::io::Error) -> std::io::Error {
    std::io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_path_and_keeps_its_kind() {
        let nowhere = std::env::temp_dir().join(format!("ffmpeg-cluster-none-{}\0", std::process::id()));
        let error = append(&nowhere, 0, b"abc").unwrap_err();
        assert!(error.to_string().contains("ffmpeg-cluster-none-"), "{error}");
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    }

    #[test]
    fn only_where_the_file_ends() {
        let path = std::env::temp_dir().join(format!("ffmpeg-cluster-append-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        assert_eq!(append(&path, 0, b"abc").unwrap(), Appended::At(3));
        assert_eq!(append(&path, 0, b"abc").unwrap(), Appended::Elsewhere(3), "a repeat adds nothing");
        assert_eq!(append(&path, 7, b"abc").unwrap(), Appended::Elsewhere(3));
        assert_eq!(append(&path, 3, b"de").unwrap(), Appended::At(5));
        assert_eq!(std::fs::read(&path).unwrap(), b"abcde");
        std::fs::remove_file(path).unwrap();
    }
}
