//! How streams are named, for ffmpeg and for people.

use std::fmt;

use super::{Source, Stream, StreamKind};

/// ffmpeg's specifier of a film's picture: its number if it was chosen, or else the first that is not a cover.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FilmPicture(Option<u32>);

impl fmt::Display for FilmPicture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(stream) => stream.fmt(f),
            None => f.write_str("V:0"),
        }
    }
}

impl Source {
    /// How ffmpeg is told which picture is the film's.
    pub fn film_picture(&self) -> FilmPicture {
        FilmPicture(self.chosen)
    }
}

impl Stream {
    /// For people, for instance `0:1 audio aac (ger)`.
    pub(crate) fn described(&self) -> String {
        let kind = match self.kind {
            StreamKind::Video if self.is_cover() => "cover",
            StreamKind::Video => "video",
            StreamKind::Audio => "audio",
            StreamKind::Subtitle => "subtitle",
            StreamKind::Attachment => "attachment",
            StreamKind::Data => "data",
        };
        let mut text = format!("0:{} {kind}", self.index);
        if !self.codec.is_empty() {
            text = format!("{text} {}", self.codec);
        }
        match self.tags.get("language").map(String::as_str) {
            None | Some("und" | "") => text,
            Some(language) => format!("{text} ({language})"),
        }
    }
}
