//! ffmpeg's stream specifiers: a kind, and a number, tag or id within it.

use std::fmt;

use crate::media::source::{Source, Stream, StreamKind};
use crate::text::safe::is_treacherous;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Specifier {
    kind: Option<Letter>,
    which: Which,
}

/// A kind of streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letter {
    Of(StreamKind),
    /// Pictures without covers.
    FilmPicture,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Which {
    All,
    /// The number among the streams of the kind, or among all.
    Nth(u32),
    Tagged(String, Option<String>),
    /// The number that the container gives the stream.
    Id(u32),
}

const LETTERS: [(char, Letter); 6] = [
    ('v', Letter::Of(StreamKind::Video)),
    ('V', Letter::FilmPicture),
    ('a', Letter::Of(StreamKind::Audio)),
    ('s', Letter::Of(StreamKind::Subtitle)),
    ('t', Letter::Of(StreamKind::Attachment)),
    ('d', Letter::Of(StreamKind::Data)),
];
/// Longer than any key and value that people choose by.
const TAG_CHARS_MAX: usize = 200;

impl Specifier {
    /// None if the text is no specifier that we know; programs of a transport stream are not.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (first, rest) = text.split_once(':').map_or((text, None), |(first, rest)| (first, Some(rest)));
        let letter = LETTERS.iter().find(|(letter, _)| first.chars().eq([*letter]));
        let (kind, which) = match letter {
            Some((_, letter)) => (Some(*letter), rest),
            None => (None, Some(text)),
        };
        Some(Self { kind, which: Which::read(which.unwrap_or_default())? })
    }

    /// Whether it can't match two streams.
    pub(super) const fn is_of_one(&self) -> bool {
        matches!(self.which, Which::Nth(_) | Which::Id(_))
    }

    /// The streams that it matches, in the film's order.
    pub(super) fn of<'a>(&self, source: &'a Source) -> Vec<&'a Stream> {
        let of_kind = source.streams.iter().filter(|stream| self.kind.is_none_or(|kind| kind.has(stream)));
        match &self.which {
            Which::All => of_kind.collect(),
            Which::Nth(nth) => of_kind.skip(*nth as usize).take(1).collect(),
            Which::Tagged(key, value) => {
                of_kind.filter(|stream| is_tagged(stream, key, value.as_deref())).collect()
            }
            Which::Id(id) => of_kind.filter(|stream| stream.id == Some(*id)).collect(),
        }
    }
}

impl Letter {
    fn has(self, stream: &Stream) -> bool {
        match self {
            Self::Of(kind) => stream.kind == kind,
            Self::FilmPicture => stream.kind == StreamKind::Video && !stream.is_cover(),
        }
    }
}

impl Which {
    fn read(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::All);
        }
        if let Some(id) = text.strip_prefix('#').or_else(|| text.strip_prefix("i:")) {
            let number = match id.strip_prefix("0x") {
                Some(digits) => u32::from_str_radix(digits, 16).ok(),
                None => number(id),
            };
            return number.map(Self::Id);
        }
        match text.strip_prefix("m:") {
            Some(tag) => Self::tagged(tag),
            None => number(text).map(Self::Nth),
        }
    }

    fn tagged(tag: &str) -> Option<Self> {
        let (key, value) = tag.split_once(':').map_or((tag, None), |(key, value)| (key, Some(value)));
        let is_plain = !tag.contains(['?', '\\']) && !tag.contains(is_treacherous);
        let fits = !key.is_empty() && is_plain && tag.chars().count() <= TAG_CHARS_MAX;
        fits.then(|| Self::Tagged(key.to_owned(), value.map(str::to_owned)))
    }
}

/// ffmpeg would read `010` as 8.
fn number(text: &str) -> Option<u32> {
    let is_plain = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    is_plain.then(|| text.parse().ok())?
}

/// Like ffmpeg, ignores the case of the key.
fn is_tagged(stream: &Stream, key: &str, value: Option<&str>) -> bool {
    let mut tags = stream.tags.iter().filter(|(known, _)| known.eq_ignore_ascii_case(key));
    tags.any(|(_, known)| value.is_none_or(|value| value == known))
}

impl fmt::Display for Specifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = LETTERS.iter().find(|(_, letter)| Some(*letter) == self.kind);
        letter.map_or(Ok(()), |(letter, _)| write!(f, ":{letter}"))?;
        match &self.which {
            Which::All => Ok(()),
            Which::Nth(nth) => write!(f, ":{nth}"),
            Which::Tagged(key, None) => write!(f, ":m:{key}"),
            Which::Tagged(key, Some(value)) => write!(f, ":m:{key}:{value}"),
            Which::Id(id) => write!(f, ":i:{id:#x}"),
        }
    }
}
