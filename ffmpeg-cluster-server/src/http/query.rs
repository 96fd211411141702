//! The parameters of an address. One table of them serves the reader, which names every mistake, and the documentation.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::BTreeMap;

use ffmpeg_cluster_common::protocol::command::ErrorCode;
use ffmpeg_cluster_common::text::safe;
use ffmpeg_cluster_common::time::WallMillis;
use form_urlencoded::Serializer;
use serde::de::DeserializeOwned;
use warp::http::StatusCode;

use super::problem::{Mistake, Problem};

/// How alike an unknown word must be to a known one to be taken for a slip of the hand.
const ALIKE_MIN: f64 = 0.75;
const SHOWN_CHARS_MAX: usize = 60;

/// A parameter that stands behind the question mark.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) about: &'static str,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Number {
        least: u64,
        most: u64,
    },
    Moment,
    OneOf(&'static [&'static str]),
    /// Some words with commas between them.
    SomeOf(&'static [&'static str]),
}

/// Good values of known parameters, each given once at most.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Query(BTreeMap<&'static str, String>);

impl Query {
    pub(crate) fn read(text: &str, known: &'static [Parameter]) -> Result<Self, Problem> {
        let (mut all, mut mistakes) = (Self::default(), Vec::new());
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            match known.iter().find(|parameter| parameter.name == name) {
                None => mistakes.push(unknown(&name, known)),
                Some(parameter) => {
                    let wrong = parameter.kind.why_not(&value).map(|why| mistake(parameter.name, why));
                    mistakes.extend(wrong);
                    if all.0.insert(parameter.name, value.into_owned()).is_some() {
                        mistakes.push(mistake(parameter.name, "is given twice".to_owned()));
                    }
                }
            }
        }
        if mistakes.is_empty() { Ok(all) } else { Err(problem(mistakes)) }
    }

    /// The known parameters with good values; others do not count.
    pub(crate) fn read_known(text: &str, known: &'static [Parameter]) -> Self {
        let all = form_urlencoded::parse(text.as_bytes()).filter_map(|(name, value)| {
            let parameter = known.iter().find(|parameter| parameter.name == name)?;
            parameter.kind.why_not(&value).is_none().then(|| (parameter.name, value.into_owned()))
        });
        Self(all.collect())
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    pub(crate) fn moment(&self, name: &str) -> Option<WallMillis> {
        self.text(name)?.parse().ok()
    }

    /// The words of [`Kind::SomeOf`], each as the value that it names in JSON.
    pub(crate) fn some<T: DeserializeOwned>(&self, name: &str) -> Vec<T> {
        let words = self.text(name).into_iter().flat_map(|text| text.split(','));
        words.filter_map(|word| serde_json::from_value(word.into()).ok()).collect()
    }

    /// The same query with another value of one parameter.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> String {
        let mut all = self.0.clone();
        all.insert(name, value.to_owned());
        Serializer::new(String::new()).extend_pairs(all).finish()
    }
}

impl Kind {
    /// What is wrong with a value, if anything.
    fn why_not(self, value: &str) -> Option<String> {
        let shown = shown(value);
        match self {
            Self::Text => value.is_empty().then(|| "is empty".to_owned()),
            Self::Number { least, most } => {
                let is_plain = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
                let fits = value.parse().is_ok_and(|number| (least..=most).contains(&number));
                (!is_plain || !fits).then(|| format!("{shown:?} is no number from {least} to {most}"))
            }
            Self::Moment => value.parse::<WallMillis>().err().map(|why| format!("{shown:?} is {why}")),
            Self::OneOf(words) => not_among(value, words),
            Self::SomeOf(words) => value.split(',').find_map(|word| not_among(word, words)),
        }
    }
}

fn not_among(word: &str, words: &'static [&'static str]) -> Option<String> {
    let known = || words.join(", ");
    let shown = shown(word);
    (!words.contains(&word)).then(|| match nearest(word, words.iter().copied()) {
        Some(meant) => format!("there is no {shown:?}; did you mean {meant}? Known are {}", known()),
        None => format!("there is no {shown:?}; known are {}", known()),
    })
}

fn unknown(name: &str, known: &'static [Parameter]) -> Mistake {
    let names = || known.iter().map(|parameter| parameter.name);
    let all = names().collect::<Vec<_>>().join(", ");
    let hint = match nearest(name, names()) {
        Some(meant) => format!("did you mean {meant}?"),
        None if known.is_empty() => "this address has none".to_owned(),
        None => format!("known are {all}"),
    };
    let name = shown(name);
    Mistake { detail: format!("there is no parameter {name:?}; {hint}"), ..mistake(&name, String::new()) }
}

fn shown(text: &str) -> String {
    safe::stripped(text, SHOWN_CHARS_MAX)
}

fn mistake(name: &str, why: String) -> Mistake {
    Mistake { parameter: Some(name.to_owned()), pointer: None, detail: format!("{name}: {why}") }
}

fn problem(errors: Vec<Mistake>) -> Problem {
    let message = errors.iter().map(|wrong| wrong.detail.as_str()).collect::<Vec<_>>().join("; ");
    Problem { errors, ..Problem::new(StatusCode::BAD_REQUEST, ErrorCode::InvalidRequest, message) }
}

/// The known word that was probably meant.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let rated = known.map(|known| (strsim::jaro_winkler(&known.to_lowercase(), &word), known));
    let (alike, meant) = rated.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (alike >= ALIKE_MIN).then_some(meant)
}

#[cfg(test)]
mod tests {
    use ffmpeg_cluster_common::protocol::command::JobState;

    use super::*;

    const KNOWN: &[Parameter] = &[
        Parameter { name: "state", kind: Kind::SomeOf(&["Queued", "Failed"]), about: "" },
        Parameter { name: "order", kind: Kind::OneOf(&["-created", "name"]), about: "" },
        Parameter { name: "limit", kind: Kind::Number { least: 1, most: 1000 }, about: "" },
        Parameter { name: "q", kind: Kind::Text, about: "" },
        Parameter { name: "created_after", kind: Kind::Moment, about: "" },
    ];

    #[test]
    fn good_values_are_read() {
        let query = Query::read("state=Failed,Queued&limit=20&q=a%20b%26+c&created_after=1970-01-02", KNOWN);
        let query = query.unwrap();
        assert_eq!(query.some::<JobState>("state"), [JobState::Failed, JobState::Queued]);
        assert_eq!((query.number("limit"), query.text("q")), (Some(20), Some("a b& c")));
        assert_eq!(query.moment("created_after"), Some(WallMillis(86_400_000)));
        assert_eq!(query.text("order"), None);
        assert_eq!(Query::read("", KNOWN), Ok(Query::default()));
        let again = query.with("limit", "7");
        assert_eq!(Query::read(&again, KNOWN).unwrap().number("limit"), Some(7), "{again}");
    }

    #[test]
    fn every_mistake_is_named_with_the_word_that_was_meant() {
        for (text, told) in [
            ("stat=Failed", "there is no parameter \"stat\"; did you mean state?"),
            ("wibble=1", "there is no parameter \"wibble\"; known are state, order, limit, q, created_after"),
            ("state=failed", "state: there is no \"failed\"; did you mean Failed? Known are Queued, Failed"),
            ("state=", "state: there is no \"\"; known are Queued, Failed"),
            ("order=xyz", "order: there is no \"xyz\"; known are -created, name"),
            ("limit=0", "limit: \"0\" is no number from 1 to 1000"),
            ("limit=1001", "limit: \"1001\" is no number from 1 to 1000"),
            ("limit=-1", "limit: \"-1\" is no number from 1 to 1000"),
            ("limit=%2B1", "limit: \"+1\" is no number from 1 to 1000"),
            ("limit", "limit: \"\" is no number from 1 to 1000"),
            ("limit=1&limit=2", "limit: is given twice"),
            ("q=", "q: is empty"),
            ("created_after=soon", "created_after: \"soon\" is not a moment such as 2026-11-21T08:30:00Z"),
            ("a%0A%1B[2J=1", "there is no parameter \"a[2J\""),
        ] {
            let problem = Query::read(text, KNOWN).unwrap_err();
            assert!(problem.message.starts_with(told), "{text}: {}", problem.message);
            assert_eq!((problem.status.as_u16(), problem.errors.len()), (400, 1), "{text}");
        }
        let problem = Query::read("limit=x&stat=Failed&order=size", KNOWN).unwrap_err();
        let named: Vec<_> = problem.errors.iter().filter_map(|wrong| wrong.parameter.as_deref()).collect();
        assert_eq!(named, ["limit", "stat", "order"], "all at once");
        assert!(Query::read("x=1", &[]).unwrap_err().message.contains("this address has none"));
    }
}
