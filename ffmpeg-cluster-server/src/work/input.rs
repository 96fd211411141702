//! The film that a run reads.

use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::media::command;

/// What a run reads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Input<'a> {
    /// A file of ours, where nobody else writes.
    Ours(&'a Path),
    /// A source: the file that was opened and examined.
    Opened(&'a Opened),
    /// The same, under a link of ours to the open file.
    Named { film: &'a Opened, link: &'a Path },
}

impl<'a> From<&'a Path> for Input<'a> {
    fn from(path: &'a Path) -> Self {
        Self::Ours(path)
    }
}
impl<'a> From<&'a PathBuf> for Input<'a> {
    fn from(path: &'a PathBuf) -> Self {
        Self::Ours(path)
    }
}
impl<'a> From<&'a Opened> for Input<'a> {
    fn from(opened: &'a Opened) -> Self {
        Self::Opened(opened)
    }
}

impl Input<'_> {
    /// The input of the run's command.
    pub(crate) fn of_run(self) -> command::Input {
        match self {
            Self::Ours(path) => command::Input::File(path.to_owned()),
            Self::Opened(opened) => command::Input::Held(opened.address()),
            Self::Named { link, .. } => command::Input::Held(link.display().to_string()),
        }
    }
    /// The open file that the run inherits.
    pub(crate) const fn held(&self) -> Option<&Opened> {
        match self {
            Self::Ours(_) => None,
            Self::Opened(opened) | Self::Named { film: opened, .. } => Some(opened),
        }
    }
    /// Its path on the server.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Ours(path) => path,
            Self::Opened(opened) | Self::Named { film: opened, .. } => opened.path(),
        }
    }
}
