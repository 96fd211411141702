//! An option as it was typed, split into its parts.

use crate::media::params::rows::Place;

/// `-b:a:1` is `b`, for sound, track 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TypedOption<'a> {
    /// With its dash, for refusals.
    pub word: &'a str,
    /// Without its dash.
    pub typed: &'a str,
    pub base: &'a str,
    pub stream: Stream,
}

/// The stream specifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Unsaid,
    Of(Place, Option<u32>),
    /// A specifier that we do not know.
    Other,
}

impl<'a> TypedOption<'a> {
    pub(crate) fn new(word: &'a str, typed: &'a str) -> Self {
        let (base, specifier) =
            typed.split_once(':').map_or((typed, None), |(base, specifier)| (base, Some(specifier)));
        Self { word, typed, base, stream: specifier.map_or(Stream::Unsaid, stream) }
    }

    /// The whole specifier, for `metadata` and similar options.
    pub(crate) fn specifier(&self) -> Option<&'a str> {
        self.typed.split_once(':').map(|(_, specifier)| specifier)
    }

    /// The number of the track, if the specifier has one.
    pub(crate) const fn track(&self) -> Option<u32> {
        match self.stream {
            Stream::Of(_, track) => track,
            Stream::Unsaid | Stream::Other => None,
        }
    }
}

/// Reads the letter of a kind of stream, and the number of a track if there is one.
fn stream(specifier: &str) -> Stream {
    let (letter, number) =
        specifier.split_once(':').map_or((specifier, None), |(letter, number)| (letter, Some(track(number))));
    match (place(letter), number) {
        (Some(place), None) => Stream::Of(place, None),
        (Some(place), Some(Some(number))) => Stream::Of(place, Some(number)),
        (None, _) | (Some(_), Some(None)) => Stream::Other,
    }
}

/// The kind of stream that the letter of a specifier stands for.
pub(super) fn place(letter: &str) -> Option<Place> {
    match letter {
        "v" | "V" => Some(Place::Video),
        "a" => Some(Place::Sound),
        "s" => Some(Place::Subtitle),
        _ => None,
    }
}

/// The number of a stream among those of its kind.
pub(super) fn track(text: &str) -> Option<u32> {
    let digits = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}
