//! A chain of filters as a value, which can be queried by the names of filters and arguments,
//! and which prints as it was read.
//!
//! [`super::read`] decides what is accepted.
//! A chain that came over the wire or from a record
//! is only split here, and rechecked before it runs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::video::VIDEO;
use super::{is_key, split};
use crate::frames::Rational;

/// Filters of pictures or of sound, in the order in which frames pass them; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Chain(pub(super) Vec<Filter>);

impl Chain {
    /// Returns None for no filters.
    pub(crate) fn of(filters: impl IntoIterator<Item = Filter>) -> Option<Self> {
        let filters: Vec<Filter> = filters.into_iter().collect();
        (!filters.is_empty()).then_some(Self(filters))
    }
    pub(crate) fn filters(&self) -> impl Iterator<Item = &Filter> {
        self.0.iter()
    }
    /// Whether the chain has any of these filters.
    pub(crate) fn has(&self, names: &[&str]) -> bool {
        self.filters().any(|filter| names.contains(&filter.name()))
    }
    /// Whether a filter sets the pixel format.
    pub(crate) fn sets_format(&self) -> bool {
        self.has(&["format", "noformat"]) || self.filters().any(|filter| filter.word(&["format"]).is_some())
    }
    /// The chain with `then` after every filter that makes a constant rate.
    pub(crate) fn with_each_rate(&self, then: &Filter) -> Self {
        let then = |filter: &Filter| (filter.name == RATE).then(|| then.clone());
        Self(self.filters().flat_map(|filter| [Some(filter.clone()), then(filter)]).flatten().collect())
    }
}

impl FromStr for Chain {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        split(text, ',')?.iter().map(|filter| filter.parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        joined(f, &self.0, ',')
    }
}

/// From the wire. Text that can't be split becomes one filter
/// with the text as its name, which [`super::read`] refuses.
impl From<String> for Chain {
    fn from(text: String) -> Self {
        text.parse().unwrap_or_else(|_| Self(vec![Filter::new(&text)]))
    }
}

impl From<Chain> for String {
    fn from(chain: Chain) -> Self {
        chain.to_string()
    }
}

/// The filter that makes a constant rate.
const RATE: &str = "fps";

/// One filter with its arguments, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    name: String,
    arguments: Vec<Argument>,
}

/// An argument as it is printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Argument {
    /// None for a positional argument.
    pub(super) key: Option<String>,
    /// With its quotes.
    pub(super) value: String,
}

impl Filter {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), arguments: Vec::new() }
    }
    /// The filter that makes this rate.
    pub(crate) fn rate(rate: Rational) -> Self {
        Self { arguments: vec![Argument { key: None, value: rate.to_string() }], ..Self::new(RATE) }
    }
    /// Adds one argument.
    pub(crate) fn with(mut self, key: &str, value: impl fmt::Display) -> Self {
        self.arguments.push(Argument { key: Some(key.to_owned()), value: value.to_string() });
        self
    }
    pub(super) fn having(mut self, arguments: Vec<Argument>) -> Self {
        self.arguments = arguments;
        self
    }
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
    pub(super) fn said(&self) -> &[Argument] {
        &self.arguments
    }

    /// All arguments with their names, without quotes.
    /// A positional argument gets the name of its position,
    /// or an empty name if the table has no such position.
    pub(super) fn arguments(&self) -> impl Iterator<Item = (&str, &str)> {
        let places = VIDEO.iter().find(|(name, ..)| *name == self.name).map_or("", |(_, places, _)| places);
        let mut places = places.split_whitespace();
        let all = self.arguments.iter().filter(|one| one.key.is_some() || !one.value.is_empty());
        all.map(move |one| {
            let name = one.key.as_deref().or_else(|| places.next()).unwrap_or_default();
            (name, one.value.trim_matches('\''))
        })
    }

    /// The value under any of these synonyms; the last one applies, as in ffmpeg.
    pub(super) fn word(&self, names: &[&str]) -> Option<&str> {
        self.arguments().filter(|(key, _)| names.contains(key)).last().map(|(_, value)| value)
    }
}

impl FromStr for Filter {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((name, arguments)) = text.split_once('=') else { return Ok(Self::new(text)) };
        let argument = |text: &String| match text.split_once('=').filter(|(key, _)| is_key(key)) {
            Some((key, value)) => Argument { key: Some(key.to_owned()), value: value.to_owned() },
            None => Argument { key: None, value: text.clone() },
        };
        Ok(Self::new(name).having(split(arguments, ':')?.iter().map(argument).collect()))
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        if self.arguments.is_empty() {
            return Ok(());
        }
        f.write_str("=")?;
        joined(f, &self.arguments, ':')
    }
}

impl fmt::Display for Argument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{key}={}", self.value),
            None => f.write_str(&self.value),
        }
    }
}

pub(super) fn joined<T: fmt::Display>(f: &mut fmt::Formatter<'_>, all: &[T], separator: char) -> fmt::Result {
    for (number, one) in all.iter().enumerate() {
        if number > 0 {
            write!(f, "{separator}")?;
        }
        one.fmt(f)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(text: &str) -> Chain {
        text.parse().unwrap()
    }

    #[test]
    fn a_chain_is_printed_as_it_was_read() {
        for text in [
            "hflip",
            "scale=",
            "scale=1280:-2,hflip",
            "crop='min(iw,ih)':ih:x=if(gt(t,1),0,2)",
            "drawtext=text='a,b=c':x=1, hflip",
            r"subtitles=filename='http\://a\:1':si=0",
            "a::b",
        ] {
            assert_eq!(chain(text).to_string(), text);
            let json = serde_json::to_value(chain(text)).unwrap();
            assert_eq!(json, text, "the wire and the record know texts");
            assert_eq!(serde_json::from_value::<Chain>(json).unwrap(), chain(text));
        }
        assert!("drawtext=text='a".parse::<Chain>().is_err());
        let of_a_wire: Chain = serde_json::from_value("drawtext=text='a".into()).unwrap();
        assert_eq!(of_a_wire.to_string(), "drawtext=text='a");
    }

    #[test]
    fn filters_and_arguments_are_found_by_name_and_not_by_what_looks_alike() {
        assert!(chain("hflip,scale=2:2").has(&["scale"]));
        assert!(!chain("zscale=2:2,drawtext=text=scale,tmix=3:scale=1").has(&["scale"]));
        for (text, sets) in [
            ("format=yuv420p", true),
            ("noformat=yuv420p", true),
            ("colorspace=all=bt709:format=yuv422p", true),
            ("colorspace=bt709:bt709:tv:bt709:bt709:yuv422p", true),
            ("drawtext=text='format=x'", false),
            ("aformat=r=48000", false),
            ("colorspace=all=bt709", false),
        ] {
            assert_eq!(chain(text).sets_format(), sets, "{text}");
        }
        let size = chain("scale=1:w=3:h=2:width=5");
        assert_eq!(size.filters().next().unwrap().word(&["w", "width"]), Some("5"), "the last one counts");
    }

    #[test]
    fn frames_are_added_behind_each_rate() {
        let pad = Filter::new("tpad").with("stop", 3);
        let padded = chain("fps=25,hflip,fps=30000/1001").with_each_rate(&pad).to_string();
        assert_eq!(padded, "fps=25,tpad=stop=3,hflip,fps=30000/1001,tpad=stop=3");
        let rate = Filter::rate(Rational { num: 30_000, den: 1001 });
        assert_eq!(rate.to_string(), "fps=30000/1001");
    }
}
