//! Zip archives.

use std::io::{Read, Seek};

use zip::ZipArchive;
use zip::result::ZipError;

use super::Refusal;
use super::taking::Taking;

const KIND: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

pub(super) fn take(archive: impl Read + Seek, taking: &mut Taking<'_, '_>) -> Result<(), Refusal> {
    let mut archive = ZipArchive::new(archive).map_err(broken)?;
    // Two readers may find two different files under the same name.
    if archive.has_duplicate_names() {
        return Err(Refusal::Twice("a name".into()));
    }
    if archive.has_overlapping_entries().map_err(broken)? {
        return Err(Refusal::Broken("several files lie in the same bytes".into()));
    }
    archive.validate_header_consistency().map_err(broken)?;
    for index in 0..archive.len() {
        entry(&mut archive, index, taking)?;
    }
    Ok(())
}

fn entry<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    index: usize,
    taking: &mut Taking<'_, '_>,
) -> Result<(), Refusal> {
    let name = archive.name_for_index(index).transpose().map_err(broken)?.unwrap_or_default().into_owned();
    let Some(which) = taking.entry(&name)? else { return Ok(()) };
    {
        // Read the entry without opening it, because an encrypted one can't be opened.
        let raw = archive.by_index_raw(index).map_err(broken)?;
        if raw.encrypted() {
            return Err(Refusal::Encrypted(name));
        }
        is_file(&name, raw.is_dir(), raw.unix_mode())?;
        if raw.size() / taking.bounds.ratio_max > raw.compressed_size() {
            return Err(Refusal::Tight(name));
        }
    }
    let mut file = archive.by_index(index).map_err(|error| match error {
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => Refusal::Method(name),
        error => broken(error),
    })?;
    let size = file.size();
    taking.copy(which, &mut file, size)
}

fn is_file(name: &str, is_folder: bool, mode: Option<u32>) -> Result<(), Refusal> {
    let what = match mode.map(|mode| mode & KIND) {
        _ if is_folder => "a folder",
        // Archives made on Windows have no mode.
        None | Some(0 | REGULAR) => return Ok(()),
        Some(LINK) => "a link",
        Some(_) => "a device or the like",
    };
    Err(Refusal::NoFile { name: name.to_owned(), what })
}

fn broken(error: ZipError) -> Refusal {
    Refusal::Broken(error.to_string())
}
