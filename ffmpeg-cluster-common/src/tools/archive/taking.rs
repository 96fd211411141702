//! What both readers share: the wanted entries and the bounds.

use std::io::{Read, Write};

use super::{Bounds, Find, Refusal, Wanted};

/// Opens a file for writing under its new name.
pub type Sink<'a> = dyn FnMut(&str) -> std::io::Result<Box<dyn Write>> + 'a;

impl Find {
    fn fits(&self, path: &str) -> bool {
        match self {
            Self::Path(wanted) => wanted == path,
            Self::Named(wanted) => path.rsplit('/').next() == Some(wanted),
        }
    }

    fn text(&self) -> &str {
        let (Self::Path(text) | Self::Named(text)) = self;
        text
    }
}

pub(super) struct Taking<'a, 's> {
    wanted: &'a [Wanted],
    taken: Vec<bool>,
    pub(super) bounds: &'a Bounds,
    sink: &'a mut Sink<'s>,
    entries: usize,
}

impl<'a, 's> Taking<'a, 's> {
    pub(super) fn new(wanted: &'a [Wanted], bounds: &'a Bounds, sink: &'a mut Sink<'s>) -> Self {
        Self { wanted, taken: vec![false; wanted.len()], bounds, sink, entries: 0 }
    }

    /// Refuses an archive that lacks a wanted file.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        let missing = self.wanted.iter().zip(&self.taken).find(|(_, taken)| !**taken);
        missing.map_or(Ok(()), |(wanted, _)| Err(Refusal::Missing(wanted.find.text().to_owned())))
    }

    /// Checks an entry's name and counts the entry.
    /// Returns the index of the wanted file at this path, or None if the entry is not wanted.
    pub(super) fn entry(&mut self, path: &str) -> Result<Option<usize>, Refusal> {
        self.entries += 1;
        if self.entries > self.bounds.entries_max {
            return Err(Refusal::Entries(self.bounds.entries_max));
        }
        if !stays_inside(path) {
            return Err(Refusal::LeadsOut(path.to_owned()));
        }
        let path = plain(path);
        let Some(which) = self.wanted.iter().position(|wanted| wanted.find.fits(path)) else {
            return Ok(None);
        };
        if std::mem::replace(&mut self.taken[which], true) {
            return Err(Refusal::Twice(path.to_owned()));
        }
        Ok(Some(which))
    }

    /// Copies a wanted file of exactly `size` bytes.
    pub(super) fn copy(&mut self, which: usize, from: &mut dyn Read, size: u64) -> Result<(), Refusal> {
        let name = &self.wanted[which].name;
        let most = self.bounds.file_bytes_max;
        if size > most {
            return Err(Refusal::Large { name: name.clone(), most });
        }
        let failed = |error| Refusal::Write { name: name.clone(), error };
        let mut to = (self.sink)(name).map_err(failed)?;
        let (mut buffer, mut copied) = (vec![0; 64 * 1024], 0);
        loop {
            let count = from.read(&mut buffer).map_err(|error| Refusal::Broken(error.to_string()))?;
            copied += count as u64;
            if copied > size || (count == 0 && copied < size) {
                return Err(Refusal::Size(name.clone()));
            }
            if count == 0 {
                return to.flush().map_err(failed);
            }
            to.write_all(&buffer[..count]).map_err(failed)?;
        }
    }
}

/// Whether a path stays inside the folder into which it is unpacked, on any system.
fn stays_inside(path: &str) -> bool {
    let is_step = |part: &str| !matches!(part, "" | "." | "..") && !part.contains([':', '\\', '\0']);
    let mut parts = path.strip_suffix('/').unwrap_or(path).split('/').peekable();
    // Some tar programs start every name with `./`.
    parts.next_if(|part| *part == ".");
    parts.peek().is_none() || parts.all(is_step)
}

/// The path without a leading `./`, as [`Wanted`] names it.
fn plain(path: &str) -> &str {
    path.strip_prefix("./").unwrap_or(path)
}
