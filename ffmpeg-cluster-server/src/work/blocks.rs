//! Digests of a film's blocks, as they were when its frames were listed.
//!
//! A writer can restore a film's modification time, but not its change time (`ctime`). The change time also moves when somebody
//! links to the film, renames it, or changes its permissions, and none of these may end a job. So a moved change time is a cue
//! and no verdict: the bytes are then compared with their digests. Uploads and packed images lie where nobody else writes, and
//! on Windows the change time is not available here: they have no such list.

use std::fs::{File, Metadata};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use ffmpeg_cluster_common::io::{digest, system};
use tokio_util::sync::CancellationToken;

/// A client's range costs at most one extra block on each side.
const BLOCK: u64 = 4 << 20;

/// What is stored about a film's bytes.
#[derive(Debug, Clone)]
pub(crate) struct Blocks {
    /// The change time at which the bytes last matched the digests.
    changed: i64,
    digests: Vec<String>,
}

impl Blocks {
    /// Reads the whole film. None if the system has no change time.
    pub(super) fn of(file: &mut File, stop: &CancellationToken) -> io::Result<Option<Self>> {
        let about = file.metadata()?;
        let Some(changed) = system::changed(&about) else { return Ok(None) };
        let mut digests = Vec::new();
        for number in 0..about.len().div_ceil(BLOCK) {
            if stop.is_cancelled() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            digests.push(block(file, number, about.len())?);
        }
        Ok(Some(Self { changed, digests }))
    }

    /// None if no list was written.
    fn read(path: &Path, about: &Metadata) -> io::Result<Option<Self>> {
        let mut lines = match File::open(path) {
            Ok(file) => BufReader::new(file).lines(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let first = lines.next().transpose()?.unwrap_or_default();
        let changed = first.parse().map_err(io::Error::other)?;
        // The usual case: then the digests are not needed.
        let is_same = system::changed(about) == Some(changed);
        let digests = if is_same { Vec::new() } else { lines.collect::<io::Result<_>>()? };
        Ok(Some(Self { changed, digests }))
    }

    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        // A unique name: several leases may find at once that only the change time has moved.
        let new = path.with_extension(format!("{}.new", uuid::Uuid::new_v4().simple()));
        let mut file = File::create(&new)?;
        file.write_all(format!("{}\n{}\n", self.changed, self.digests.join("\n")).as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&new, path)
    }

    /// Whether all of the film's bytes match.
    pub(super) fn are_all_in(&self, file: &mut File) -> io::Result<bool> {
        let length = file.metadata()?.len();
        let is_as_long = length.div_ceil(BLOCK) == self.digests.len() as u64;
        Ok(is_as_long && self.are_in(file, length, 0..length)?)
    }

    fn are_in(&self, file: &mut File, length: u64, bytes: Range<u64>) -> io::Result<bool> {
        for number in bytes.start / BLOCK..bytes.end.div_ceil(BLOCK) {
            let known = usize::try_from(number).ok().and_then(|number| self.digests.get(number));
            if known != Some(&block(file, number, length)?) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn block(file: &mut File, number: u64, length: u64) -> io::Result<String> {
    let at = number * BLOCK;
    let mut bytes = vec![0; usize::try_from(BLOCK.min(length - at)).map_err(io::Error::other)?];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut bytes)?;
    Ok(digest::of_bytes(&bytes))
}

/// Whether these bytes of the film match the list at `path`. True if there is no list.
pub(crate) fn are_same(path: &Path, file: &mut File, bytes: Range<u64>) -> io::Result<bool> {
    let about = file.metadata()?;
    match Blocks::read(path, &about)? {
        Some(known) if system::changed(&about) != Some(known.changed) => {
            known.are_in(file, about.len(), bytes)
        }
        Some(_) | None => Ok(true),
    }
}

/// Checks the whole film; if it matches, stores the new change time.
pub(super) fn is_same(path: &Path, file: &mut File) -> io::Result<bool> {
    let about = file.metadata()?;
    let Some(known) = Blocks::read(path, &about)? else { return Ok(true) };
    match system::changed(&about) {
        Some(changed) if changed != known.changed => {
            let same = known.are_all_in(file)?;
            if same {
                Blocks { changed, ..known }.write(path)?;
            }
            Ok(same)
        }
        Some(_) | None => Ok(true),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn folder(name: &str) -> std::path::PathBuf {
        let folder =
            std::env::temp_dir().join(format!("ffmpeg-cluster-blocks-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_link_changes_no_film_and_a_byte_does_whatever_its_time_says() {
        let folder = folder("cue");
        let (film, list) = (folder.join("film"), folder.join("list"));
        let length = BLOCK + 1000;
        std::fs::write(&film, vec![7; length as usize]).unwrap();
        let open = || File::options().read(true).write(true).open(&film).unwrap();
        let then = open().metadata().unwrap();
        assert!(is_same(&list, &mut open()).unwrap(), "nothing is known of it");
        let stop = CancellationToken::new();
        Blocks::of(&mut open(), &stop).unwrap().unwrap().write(&list).unwrap();
        std::fs::hard_link(&film, folder.join("link")).unwrap();
        assert_ne!(system::changed(&open().metadata().unwrap()), system::changed(&then));
        assert!(are_same(&list, &mut open(), 0..length).unwrap());
        assert!(is_same(&list, &mut open()).unwrap());
        let mut file = open();
        file.seek(SeekFrom::Start(BLOCK + 5)).unwrap();
        file.write_all(&[8]).unwrap();
        file.set_modified(then.modified().unwrap()).unwrap();
        assert!(!is_same(&list, &mut open()).unwrap());
        assert!(are_same(&list, &mut open(), 0..BLOCK).unwrap(), "these were not touched");
        assert!(!are_same(&list, &mut open(), BLOCK - 1..BLOCK + 1).unwrap(), "their block was");
        stop.cancel();
        assert!(Blocks::of(&mut open(), &stop).is_err(), "it can't be stopped");
        std::fs::remove_dir_all(folder).unwrap();
    }

    /// Regression: one of two leases failed, because the other had renamed the new list already.
    #[test]
    fn many_may_find_at_once_that_only_the_change_time_moved() {
        let folder = folder("at-once");
        let (film, list) = (folder.join("film"), folder.join("list"));
        std::fs::write(&film, "a film").unwrap();
        let blocks = Blocks::of(&mut File::open(&film).unwrap(), &CancellationToken::new()).unwrap();
        blocks.unwrap().write(&list).unwrap();
        for turn in 0..50 {
            std::fs::hard_link(&film, folder.join(format!("link{turn}"))).unwrap();
            std::thread::scope(|scope| {
                let all: Vec<_> =
                    (0..8).map(|_| scope.spawn(|| is_same(&list, &mut File::open(&film).unwrap()))).collect();
                all.into_iter().for_each(|one| assert!(one.join().unwrap().unwrap()));
            });
        }
        std::fs::remove_dir_all(folder).unwrap();
    }
}
