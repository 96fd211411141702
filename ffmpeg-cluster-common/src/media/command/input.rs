//! Where a run reads a film, and the arguments that open it.

use std::path::PathBuf;

use super::line::{Line, file};
use crate::media::source::guard::{Guard, InputProtocol};

/// Where a run reads a film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file of ours that nobody else writes.
    File(PathBuf),
    /// A source that is already open, by the name of its descriptor in the run.
    Held(String),
    /// The client's gateway, which fetches the source from the server.
    Gateway { url: String, port: u16 },
    /// No file: filters draw the picture.
    Drawn,
}

impl Input {
    /// Its name without a protocol.
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
    /// `-i` and all arguments before it.
    pub(in crate::media) words: Vec<String>,
}

impl Opening {
    /// For runs that report their progress.
    pub fn watched(input: Input, guard: &Guard) -> Self {
        Self::after(Line::watched(), input, guard)
    }

    /// For runs whose standard output is the result.
    pub(crate) fn listing(input: Input, guard: &Guard) -> Self {
        Self::after(Line::listing(), input, guard)
    }

    /// For a picture that ffmpeg draws.
    pub(super) const fn drawn(words: Vec<String>) -> Self {
        Self { input: Input::Drawn, words }
    }

    fn after(mut line: Line, input: Input, guard: &Guard) -> Self {
        let (from, name) = match &input {
            Input::Gateway { url, .. } => (InputProtocol::Gateway, url.clone()),
            Input::File(_) | Input::Held(_) | Input::Drawn => (InputProtocol::File, file(&input.name())),
        };
        let words = line.all(guard.words(from)).option("-i", name).finish();
        Self { input, words }
    }
}
