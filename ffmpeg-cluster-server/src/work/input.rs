//! The film that a run reads.

use std::path::{Path, PathBuf};

use ffmpeg_cluster_common::io::sandbox::Opened;
use ffmpeg_cluster_common::media::command;

/// What a run reads.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Input<'a> {
    /// A file of ours, where nobody else writes.
    Ours(&'a Path),
    /// A source: what was opened and looked at.
    Opened(&'a Opened),
    /// The same, under a name of ours that leads to what was opened.
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
    /// As a run reads it.
    pub(crate) fn of_run(self) -> command::Input {
        match self {
            Self::Ours(path) => command::Input::File(path.to_owned()),
            Self::Opened(opened) => command::Input::Held(opened.address()),
            Self::Named { link, .. } => command::Input::Held(link.display().to_string()),
        }
    }
    /// What a run is handed.
    pub(crate) const fn held(&self) -> Option<&Opened> {
        match self {
            Self::Ours(_) => None,
            Self::Opened(opened) | Self::Named { film: opened, .. } => Some(opened),
        }
    }
    /// As the server knows it.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Ours(path) => path,
            Self::Opened(opened) | Self::Named { film: opened, .. } => opened.path(),
        }
    }
}
