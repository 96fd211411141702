//! Tar archives in xz.
//! This module reads long names itself, because the crate would load a name of any length into memory.

use std::io::{self, Read};

use lzma_rust2::XzReader;
use tar::{Archive, Entry, EntryType, PaxExtensions};

use super::Refusal;
use super::taking::Taking;

/// A window of 64 MiB, which `xz -9` uses, and memory for tables.
const XZ_MEMORY_KIB_MAX: u32 = 100 * 1024;
/// The most bytes of a name, or of other data about the next file.
const ABOUT_BYTES_MAX: u64 = 64 * 1024;
/// The error of a reader whose stream exceeds its bound.
const TOO_MUCH: &str = "more bytes than allowed";

pub(super) fn take(archive: impl Read, taking: &mut Taking<'_, '_>) -> Result<(), Refusal> {
    let most = taking.bounds.all_bytes_max;
    let told = |refusal| match refusal {
        Refusal::Broken(text) if text.contains(TOO_MUCH) => Refusal::Unpacked(most),
        refusal => refusal,
    };
    let xz = XzReader::new_mem_limit(archive, false, XZ_MEMORY_KIB_MAX);
    let mut archive = Archive::new(Bounded { inner: xz, left: most });
    entries(&mut archive, taking).map_err(told)?;
    // Read to the end, because the stream's checksums are there.
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(broken).map_err(told)?;
    Ok(())
}

fn entries<R: Read>(archive: &mut Archive<R>, taking: &mut Taking<'_, '_>) -> Result<(), Refusal> {
    let mut long_name = None;
    for entry in archive.entries().map_err(broken)?.raw(true) {
        let mut entry = entry.map_err(broken)?;
        let kind = entry.header().entry_type();
        if kind.is_gnu_longname() || kind.is_pax_local_extensions() {
            let about = about(&mut entry)?;
            long_name =
                if kind.is_gnu_longname() { Some(trimmed(about)) } else { pax_path(&about)?.or(long_name) };
            continue;
        }
        if kind.is_gnu_longlink() || kind.is_pax_global_extensions() {
            continue;
        }
        let name = long_name.take().unwrap_or_else(|| entry.path_bytes().into_owned());
        let Ok(name) = String::from_utf8(name) else {
            return Err(Refusal::LeadsOut("a name that is not UTF-8".into()));
        };
        let Some(which) = taking.entry(&name)? else { continue };
        is_file(&name, kind)?;
        let size = entry.size();
        taking.copy(which, &mut entry, size)?;
    }
    Ok(())
}

fn about<R: Read>(entry: &mut Entry<'_, R>) -> Result<Vec<u8>, Refusal> {
    if entry.size() > ABOUT_BYTES_MAX {
        return Err(Refusal::Large { name: "a name".into(), most: ABOUT_BYTES_MAX });
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(broken)?;
    Ok(bytes)
}

fn trimmed(mut name: Vec<u8>) -> Vec<u8> {
    while name.last() == Some(&0) {
        name.pop();
    }
    name
}

/// The path in an extended header; None if the header has none.
/// Only files beyond 8 GB need a length there, and these are refused.
fn pax_path(about: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let mut path = None;
    for extension in PaxExtensions::new(about) {
        let extension = extension.map_err(broken)?;
        match extension.key_bytes() {
            b"path" => path = Some(extension.value_bytes().to_owned()),
            b"size" => return Err(Refusal::Size("a file beyond 8 GB".into())),
            _ => {}
        }
    }
    Ok(path)
}

fn is_file(name: &str, kind: EntryType) -> Result<(), Refusal> {
    let what = match kind {
        EntryType::Regular | EntryType::Continuous => return Ok(()),
        EntryType::Directory => "a folder",
        EntryType::Symlink | EntryType::Link => "a link",
        EntryType::GNUSparse => "a file with holes",
        _ => "a device or the like",
    };
    Err(Refusal::NoFile { name: name.to_owned(), what })
}

fn broken(error: io::Error) -> Refusal {
    Refusal::Broken(error.to_string())
}

/// Returns an error once more than `left` bytes were read.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| io::Error::other(TOO_MUCH))?;
        Ok(count)
    }
}
