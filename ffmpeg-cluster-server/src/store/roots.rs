//! Opens films of this machine, and nothing else of it: regular files beneath a media root. Links are resolved once, when a film
//! is submitted; the stored path has no links, and opening it again follows none.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::io::sandbox::Opened;

#[cfg(any(not(target_os = "linux"), test))]
mod anywhere;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(test)]
mod tests;

#[cfg(not(target_os = "linux"))]
use self::anywhere::open_beneath;
#[cfg(target_os = "linux")]
use self::linux::open_beneath;

/// Why a path may not be opened as a film.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Denied {
    /// Does not reveal whether the file exists.
    #[error("lies outside the media folders of this server")]
    Outside,
    #[error("lies in the work folder of this server, which is never media")]
    Own,
    #[error("is not a regular file")]
    NotAFile,
    #[error("can't be opened: {0}")]
    Unreadable(#[from] io::Error),
}

impl Denied {
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Unreadable(error) if error.kind() == ErrorKind::NotFound)
    }
}

/// The folders with films, and the server's own folder.
#[derive(Debug, Clone, Default)]
pub struct Roots {
    media: Vec<PathBuf>,
    own: Option<PathBuf>,
}

impl Roots {
    /// `media` must be canonical.
    pub(crate) fn new(media: Vec<PathBuf>) -> Self {
        Self { media, own: None }
    }

    pub(crate) fn media(&self) -> &[PathBuf] {
        &self.media
    }

    /// `own` must be canonical; it holds secrets, and is never media.
    pub(crate) fn without(mut self, own: PathBuf) -> Self {
        self.own = Some(own);
        self
    }

    /// Splits a path without links into its root and the rest.
    fn of<'a>(&'a self, path: &'a Path) -> Result<(&'a Path, &'a Path), Denied> {
        if self.own.as_ref().is_some_and(|own| path.starts_with(own)) {
            return Err(Denied::Own);
        }
        let beneath = |root: &'a PathBuf| Some((root.as_path(), path.strip_prefix(root).ok()?));
        self.media.iter().find_map(beneath).ok_or(Denied::Outside)
    }
}

/// An open film.
#[derive(Debug)]
pub(crate) struct Found {
    pub file: File,
    pub about: Metadata,
    /// Without links, so that it names the same file tomorrow, or none.
    pub path: PathBuf,
}

impl Found {
    /// For the code that reads it.
    pub(crate) fn opened(self) -> Opened {
        Opened::new(self.file, self.path)
    }
}

/// Opens a film by the path that a person typed: absolute, or relative to a media root or to the server's working directory.
pub(crate) fn find(roots: &Roots, typed: &Path) -> Result<Found, Denied> {
    first(roots, typed, |path| find_at(roots, path))
}

/// Finds a folder by the path that a person typed, in the same way.
pub(crate) fn find_folder(roots: &Roots, typed: &Path) -> Result<PathBuf, Denied> {
    first(roots, typed, |path| folder_at(roots, path))
}

/// The first place that has the path; if none has, the error of the first place.
fn first<T>(roots: &Roots, typed: &Path, at: impl Fn(&Path) -> Result<T, Denied>) -> Result<T, Denied> {
    if typed.is_absolute() {
        return at(typed);
    }
    let beneath = roots.media.iter().map(|root| root.join(typed));
    // Joining with "." matters: the parent of a bare file name is the empty path, which does not resolve.
    let here = std::path::absolute(Path::new(".").join(typed))?;
    let mut all = beneath.chain([here]).map(|path| at(&path));
    let first = all.next().unwrap_or(Err(Denied::Outside));
    if first.is_ok() { first } else { all.find(Result::is_ok).unwrap_or(first) }
}

fn find_at(roots: &Roots, path: &Path) -> Result<Found, Denied> {
    match path.canonicalize() {
        Ok(real) => open(roots, &real),
        Err(error) => Err(may_tell(roots, path).err().unwrap_or_else(|| error.into())),
    }
}

/// Whether the caller may learn that the file is missing: only if the nearest existing folder is media. A broken link reveals
/// nothing: it gets the same answer as a link that leads out.
fn may_tell(roots: &Roots, path: &Path) -> Result<(), Denied> {
    for part in path.ancestors() {
        if let Ok(real) = part.canonicalize() {
            return roots.of(&real).map(|_| ());
        }
        if part.is_symlink() {
            break;
        }
    }
    Err(Denied::Outside)
}

fn folder_at(roots: &Roots, path: &Path) -> Result<PathBuf, Denied> {
    match path.canonicalize() {
        Ok(real) => {
            roots.of(&real).and_then(|_| if real.is_dir() { Ok(real.clone()) } else { Err(Denied::NotAFile) })
        }
        Err(error) => Err(may_tell(roots, path).err().unwrap_or_else(|| error.into())),
    }
}

/// Opens the film again, by the path that [`find`] returned.
pub(crate) fn open(roots: &Roots, path: &Path) -> Result<Found, Denied> {
    let (root, rest) = roots.of(path)?;
    let file = open_beneath(root, rest)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(Denied::NotAFile);
    }
    Ok(Found { file, about, path: path.to_owned() })
}
