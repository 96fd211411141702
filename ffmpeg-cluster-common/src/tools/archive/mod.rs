//! Takes a few named files out of a zip or a tar.xz, and nothing else: bytes in, bytes out.
//! Anything that looks like an attack is refused by name, in a wanted file
//! or in any other.
//!
//! [`Wanted`] names the files; [`zipped`] and [`tarred`] read archives (feature `archive`);
//! `io::tools::archive` opens and writes files.

mod bounds;
#[cfg(feature = "archive")]
mod read;
#[cfg(feature = "archive")]
mod taking;
#[cfg(feature = "archive")]
mod tarred;
#[cfg(feature = "archive")]
mod zipped;

pub use self::bounds::Bounds;
#[cfg(feature = "archive")]
pub use self::read::take;
#[cfg(feature = "archive")]
pub use self::taking::Sink;

/// How files are packed together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pack {
    /// No archive: the file is the program itself.
    Plain,
    Zip,
    TarXz,
}

impl Pack {
    /// Judges by the file's name; anything that is neither kind of archive is the program itself.
    pub(crate) fn of_name(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        match name.as_str() {
            name if name.ends_with(".zip") => Self::Zip,
            name if name.ends_with(".tar.xz") || name.ends_with(".txz") => Self::TarXz,
            _ => Self::Plain,
        }
    }
}

/// A file to take, and its new name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub find: Find,
    pub name: String,
}

/// Where a file is in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Find {
    /// At exactly this path.
    Path(String),
    /// In any folder; only one file may have this name.
    Named(String),
}

/// Why an archive was refused.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("it is not a readable archive, or it is cut short: {0}")]
    Broken(String),
    #[error("{0:?} points outside the archive")]
    LeadsOut(String),
    #[error("{0:?} is in it twice")]
    Twice(String),
    #[error("{name:?} is {what}, not a file")]
    NoFile { name: String, what: &'static str },
    #[error("{0:?} is encrypted")]
    Encrypted(String),
    #[error("{0:?} uses an unsupported compression method")]
    Method(String),
    #[error("{name:?} would have more than {most} bytes")]
    Large { name: String, most: u64 },
    #[error("{0:?} has another size than the archive says")]
    Size(String),
    #[error("{0:?} is compressed so much that it looks like a decompression bomb")]
    Tight(String),
    #[error("it has more than {0} entries")]
    Entries(usize),
    #[error("it unpacks to more than {0} bytes")]
    Unpacked(u64),
    #[error("{0:?} is not in it")]
    Missing(String),
    /// The disk's fault, not the archive's.
    #[error("writing {name:?}: {error}")]
    Write { name: String, error: std::io::Error },
}
