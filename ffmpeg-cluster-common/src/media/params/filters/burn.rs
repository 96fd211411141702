//! Subtitles drawn into the picture: `subtitles=source:si=1`.
//! The filter may read only the film itself, which has another address on every machine.
//! So the chain says `source`, and each machine substitutes its own address.

use super::super::Refusal;
use super::{Chain, Filter};

pub(super) const NAME: &str = "subtitles";
const SOURCE: &str = "source";
const TRACK_MAX: u32 = 99;

/// The filter as we print it.
pub(super) fn subtitles(typed: &str, asked: &Filter) -> Result<Filter, Refusal> {
    let refuse = || {
        let reason =
            "only the film's own subtitles can be burnt in: subtitles=source, or subtitles=source:si=1";
        Err(Refusal::new(typed, reason))
    };
    let (mut from, mut track) = (None, 0);
    for argument in asked.said() {
        let value = argument.value.trim_matches('\'');
        match argument.key.as_deref() {
            None | Some("filename" | "f") if from.is_none() => from = Some(value),
            Some("si" | "stream_index") => match value.parse() {
                Ok(number) if number <= TRACK_MAX => track = number,
                Ok(_) | Err(_) => return refuse(),
            },
            _ => return refuse(),
        }
    }
    if from == Some(SOURCE) { Ok(burning(SOURCE, track)) } else { refuse() }
}

fn burning(file: &str, track: u32) -> Filter {
    Filter::new(NAME).with("filename", file).with("si", track)
}

/// The number of the subtitle track that the filter burns in.
fn track(filter: &Filter) -> Option<u32> {
    let is_it = filter.name() == NAME && filter.word(&["filename"]) == Some(SOURCE);
    filter.word(&["si"]).filter(|_| is_it)?.parse().ok()
}

impl Chain {
    /// The number of the subtitle track that the chain burns in.
    pub fn burnt(&self) -> Option<u32> {
        self.filters().find_map(track)
    }

    /// The chain with the film's address in it.
    pub fn with_source(&self, address: &str) -> Self {
        let file = format!("'{}'", escaped(address));
        let there = |filter: &Filter| match track(filter) {
            Some(track) => burning(&file, track),
            None => filter.clone(),
        };
        Self(self.filters().map(there).collect())
    }

    /// The chain without burnt-in subtitles, for a dry run, which has no film.
    pub(crate) fn without_burning(&self) -> Option<Self> {
        Self::of(self.filters().filter(|filter| track(filter).is_none()).cloned())
    }
}

/// Escapes an address for an option within a filter.
fn escaped(address: &str) -> String {
    let mut escaped = String::new();
    for c in address.chars() {
        // Quotes can't contain a quote: close them,
        // escape the quote for both readers, and open them again.
        match c {
            '\'' => escaped.push_str(r"'\\\''"),
            ':' | '\\' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(arguments: &str) -> Filter {
        format!("subtitles={arguments}").parse().unwrap()
    }

    #[test]
    fn nothing_but_the_film_itself_is_read() {
        for (typed, want) in [
            ("source", Some("subtitles=filename=source:si=0")),
            ("source:si=2", Some("subtitles=filename=source:si=2")),
            ("filename=source:stream_index=1", Some("subtitles=filename=source:si=1")),
            ("/etc/passwd", None),
            ("source:fontsdir=/", None),
            ("filename=source:f=/etc/passwd", None),
            ("source:si=100", None),
            ("si=1", None),
            ("", None),
        ] {
            let taken = subtitles("-vf subtitles", &asked(typed)).ok().map(|filter| filter.to_string());
            assert_eq!(taken.as_deref(), want, "{typed}");
        }
        let refusal = subtitles("-vf subtitles", &asked("film.srt")).unwrap_err();
        assert!(refusal.to_string().contains("subtitles=source:si=1"), "{refusal}");
    }

    #[test]
    fn each_machine_says_where_the_film_is() {
        let chain = |text: &str| text.parse::<Chain>().unwrap();
        let both = chain("scale=2:2,subtitles=filename=source:si=1");
        assert_eq!(both.burnt(), Some(1));
        let there = both.with_source("http://127.0.0.1:9/a").to_string();
        assert_eq!(there, r"scale=2:2,subtitles=filename='http\://127.0.0.1\:9/a':si=1");
        let scale = chain("scale=2:2");
        assert_eq!(both.without_burning(), Some(scale.clone()));
        assert_eq!(chain("subtitles=filename=source:si=1").without_burning(), None);
        assert_eq!((scale.burnt(), scale.with_source("x")), (None, scale));
    }
}
