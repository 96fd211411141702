//! Subtitles drawn into the picture: `subtitles=source:si=1`. The only file that may be read is the film itself, which has
//! another address on every machine; so the chain says `source`, and whoever runs it says where that is.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use super::super::Refusal;
use super::split;

const START: &str = "subtitles=filename=source:si=";
const TRACK_MAX: u32 = 99;

/// The filter as it is printed.
pub(super) fn subtitles(typed: &str, arguments: Option<&str>) -> Result<String, Refusal> {
    let refuse = || {
        let reason =
            "only the film's own subtitles can be burnt in: subtitles=source, or subtitles=source:si=1";
        Err(Refusal::new(typed, reason))
    };
    let (mut from, mut track) = (None, 0);
    let arguments = arguments.unwrap_or_default().split(':').map(|one| one.trim_matches('\''));
    for argument in arguments {
        match argument.split_once('=') {
            None | Some(("filename" | "f", _)) if from.is_none() => {
                from = Some(argument.rsplit('=').next().unwrap_or_default());
            }
            Some(("si" | "stream_index", number)) => match number.parse() {
                Ok(number) if number <= TRACK_MAX => track = number,
                Ok(_) | Err(_) => return refuse(),
            },
            _ => return refuse(),
        }
    }
    if from == Some("source") { Ok(format!("{START}{track}")) } else { refuse() }
}

/// Which of the film's subtitles a chain burns in.
pub fn burnt(chain: &str) -> Option<u32> {
    let filters = split(chain, ',').unwrap_or_default();
    filters.iter().find_map(|filter| filter.strip_prefix(START)?.parse().ok())
}

/// The chain with the film's address in it, escaped for an option within a filter.
pub fn with_source(chain: &str, address: &str) -> String {
    let mut escaped = String::new();
    for c in address.chars() {
        // Quotes can't stand within quotes: they are closed, the quote is escaped for both readers, and opened again.
        match c {
            '\'' => escaped.push_str(r"'\\\''"),
            ':' | '\\' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
    }
    chain.replace(START, &format!("subtitles=filename='{escaped}':si="))
}

/// The chain without it, for a trial that has no film.
pub fn without_burning(chain: &str) -> Option<String> {
    let filters = split(chain, ',').unwrap_or_default();
    let rest: Vec<String> = filters.into_iter().filter(|filter| !filter.starts_with(START)).collect();
    (!rest.is_empty()).then(|| rest.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(subtitles("-vf subtitles", Some(typed)).ok().as_deref(), want, "{typed}");
        }
        let refusal = subtitles("-vf subtitles", Some("film.srt")).unwrap_err();
        assert!(refusal.to_string().contains("subtitles=source:si=1"), "{refusal}");
    }

    #[test]
    fn each_machine_says_where_the_film_is() {
        let chain = "scale=2:2,subtitles=filename=source:si=1";
        assert_eq!(burnt(chain), Some(1));
        let there = with_source(chain, "http://127.0.0.1:9/a");
        assert_eq!(there, r"scale=2:2,subtitles=filename='http\://127.0.0.1\:9/a':si=1");
        assert_eq!(
            (without_burning(chain).as_deref(), without_burning("subtitles=filename=source:si=1")),
            (Some("scale=2:2"), None)
        );
        assert_eq!((burnt("scale=2:2"), with_source("scale=2:2", "x")), (None, "scale=2:2".to_owned()));
    }
}
