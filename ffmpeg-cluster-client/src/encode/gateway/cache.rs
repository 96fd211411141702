//! Chunks of sources on this machine's disk.
//! The cache is bounded, removes the least recently used chunk first, and does not survive the process.
//!
//! Each chunk has a file of its own, so that eviction is a plain removal on every platform.
//! All methods that touch the disk block the thread.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use ffmpeg_cluster_common::io::crash;

/// Which chunk of which source; sources are numbered by the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ChunkKey {
    pub(super) source: u64,
    pub(super) chunk: u64,
}

#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    bytes_max: u64,
    books: Mutex<Books>,
}

/// The cached chunks. `by_use` holds the same keys, the oldest use first.
#[derive(Debug, Default)]
struct Books {
    entries: BTreeMap<ChunkKey, Entry>,
    by_use: BTreeMap<u64, ChunkKey>,
    bytes: u64,
    uses: u64,
    written: u64,
}

#[derive(Debug)]
struct Entry {
    bytes: u64,
    use_no: u64,
}

impl Cache {
    /// Starts empty, and removes what an earlier process left in `folder`.
    pub(crate) fn new(folder: &Path, bytes_max: u64) -> anyhow::Result<Self> {
        clear(folder).with_context(|| format!("preparing {}", folder.display()))?;
        Ok(Self { folder: folder.to_owned(), bytes_max, books: Mutex::default() })
    }

    pub(super) fn has(&self, key: ChunkKey) -> bool {
        self.books().entries.contains_key(&key)
    }

    /// None if the chunk is missing or incomplete.
    pub(super) fn get(&self, key: ChunkKey) -> Option<Vec<u8>> {
        let bytes = self.books().touch(key)?;
        let read = std::fs::read(self.file(key)).ok().filter(|read| read.len() as u64 == bytes);
        if read.is_none() {
            self.books().forget(key);
        }
        read
    }

    /// Stores a chunk, and removes others to make space. Ignores a chunk larger than the whole cache.
    pub(super) fn put(&self, key: ChunkKey, chunk: &[u8]) -> io::Result<()> {
        let bytes = chunk.len() as u64;
        if bytes > self.bytes_max {
            return Ok(());
        }
        let arriving = self.make_room(bytes);
        let written = std::fs::write(&arriving, chunk).and_then(|()| {
            crash::point("client.cache.written");
            let mut books = self.books();
            std::fs::rename(&arriving, self.file(key))?;
            crash::point("client.cache.renamed");
            books.remember(key, bytes);
            Ok(())
        });
        if written.is_err() {
            let _ = std::fs::remove_file(&arriving);
        }
        written
    }

    /// Returns the name of a file to write to. Removes other files under the lock, so that the books match the disk.
    fn make_room(&self, bytes: u64) -> PathBuf {
        let mut books = self.books();
        while books.bytes + bytes > self.bytes_max {
            let Some((_, &oldest)) = books.by_use.first_key_value() else { break };
            let _ = std::fs::remove_file(self.file(oldest));
            books.forget(oldest);
        }
        books.written += 1;
        self.folder.join(format!("{}.arriving", books.written))
    }

    fn file(&self, key: ChunkKey) -> PathBuf {
        self.folder.join(format!("{}-{}", key.source, key.chunk))
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn touch(&mut self, key: ChunkKey) -> Option<u64> {
        let entry = self.entries.get_mut(&key)?;
        self.by_use.remove(&entry.use_no);
        self.uses += 1;
        entry.use_no = self.uses;
        self.by_use.insert(self.uses, key);
        Some(entry.bytes)
    }

    fn remember(&mut self, key: ChunkKey, bytes: u64) {
        self.forget(key);
        self.uses += 1;
        self.entries.insert(key, Entry { bytes, use_no: self.uses });
        self.by_use.insert(self.uses, key);
        self.bytes += bytes;
    }

    fn forget(&mut self, key: ChunkKey) {
        if let Some(entry) = self.entries.remove(&key) {
            self.by_use.remove(&entry.use_no);
            self.bytes -= entry.bytes;
        }
    }
}

fn clear(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::scratch::Scratch;

    const fn key(chunk: u64) -> ChunkKey {
        ChunkKey { source: 1, chunk }
    }

    fn on_disk(folder: &Path) -> u64 {
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum()
    }

    #[test]
    fn never_more_than_its_bound_and_the_longest_unused_goes_first() {
        let scratch = Scratch::new();
        let cache = Cache::new(scratch.path(), 300).unwrap();
        for chunk in 0..3 {
            cache.put(key(chunk), &[chunk as u8; 100]).unwrap();
        }
        assert_eq!(cache.get(key(0)), Some(vec![0; 100]));
        cache.put(key(3), &[3; 100]).unwrap();
        let kept = [0, 1, 2, 3].map(|chunk| cache.has(key(chunk)));
        assert_eq!(kept, [true, false, true, true]);
        assert_eq!(on_disk(scratch.path()), 300);
        for chunk in 4..50 {
            cache.put(key(chunk), &[9; 70]).unwrap();
            assert!(on_disk(scratch.path()) <= 300);
        }
        cache.put(key(99), &[9; 301]).unwrap();
        assert!(!cache.has(key(99)));
    }

    #[test]
    fn a_chunk_put_twice_counts_once() {
        let scratch = Scratch::new();
        let cache = Cache::new(scratch.path(), 250).unwrap();
        for _ in 0..5 {
            cache.put(key(1), &[1; 100]).unwrap();
        }
        cache.put(key(2), &[2; 100]).unwrap();
        assert!(cache.has(key(1)) && cache.has(key(2)));
    }

    #[test]
    fn a_damaged_file_is_a_miss() {
        let scratch = Scratch::new();
        let cache = Cache::new(scratch.path(), 1000).unwrap();
        cache.put(key(1), b"whole").unwrap();
        std::fs::write(scratch.path().join("1-1"), b"who").unwrap();
        assert_eq!((cache.get(key(1)), cache.has(key(1))), (None, false));
    }

    #[test]
    fn starts_without_what_an_earlier_process_left() {
        let scratch = Scratch::new();
        std::fs::write(scratch.path().join("1-1"), b"old").unwrap();
        let cache = Cache::new(scratch.path(), 1000).unwrap();
        assert_eq!((cache.get(key(1)), on_disk(scratch.path())), (None, 0));
    }
}
