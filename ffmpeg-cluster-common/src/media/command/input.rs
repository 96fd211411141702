//! From where a run reads a film, and the words that open it.

use std::path::PathBuf;

use super::line::{Line, file};
use crate::media::source::guard::{Guard, Via};

/// From where a run reads a film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file of ours, where nobody else writes.
    File(PathBuf),
    /// A source that is open already, and the name by which a run that holds it opens it.
    Held(String),
    /// The client's own address, where it fetches the source.
    Gateway { url: String, port: u16 },
    /// Nowhere: filters draw the picture.
    Drawn,
}

impl Input {
    /// Its name without a protocol before it.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Held(name) => name.clone(),
            Self::Gateway { url, .. } => url.clone(),
            Self::Drawn => String::new(),
        }
    }
}

/// A film as a run opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    pub(in crate::media) input: Input,
    /// `-i` and what must stand before it.
    pub(in crate::media) words: Vec<String>,
}

impl Opening {
    /// For runs that tell their progress.
    pub fn watched(input: Input, guard: &Guard) -> Self {
        Self::after(Line::watched(), input, guard)
    }

    /// For runs whose standard output is what is asked for.
    pub(crate) fn listing(input: Input, guard: &Guard) -> Self {
        Self::after(Line::listing(), input, guard)
    }

    /// A picture that ffmpeg draws.
    pub(super) const fn drawn(words: Vec<String>) -> Self {
        Self { input: Input::Drawn, words }
    }

    fn after(mut line: Line, input: Input, guard: &Guard) -> Self {
        let (from, name) = match &input {
            Input::Gateway { url, .. } => (Via::Gateway, url.clone()),
            Input::File(_) | Input::Held(_) | Input::Drawn => (Via::File, file(&input.name())),
        };
        let words = line.all(guard.words(from)).option("-i", name).finish();
        Self { input, words }
    }
}
