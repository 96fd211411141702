//! The streams that `-map` chooses.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Refusal;
use super::specifier::Specifier;
use crate::media::source::{Source, Stream};

/// The most streams of a film that a refusal lists.
const TOLD_MAX: usize = 20;

/// All `-map` options together, in their order; none chooses every stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Selection(Vec<Map>);

/// One `-map`, which names streams of the film: ffmpeg's input 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Map {
    /// Whether it takes back what earlier ones chose.
    pub(super) takes_back: bool,
    streams: Specifier,
    /// Whether the film may lack such streams.
    may_miss: bool,
}

/// A chosen stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice<'a> {
    pub(crate) stream: &'a Stream,
    by: Option<&'a Map>,
}

impl Selection {
    pub(super) fn add(&mut self, map: Map) {
        self.0.push(map);
    }

    pub(crate) fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// The chosen streams, in the order of the result.
    pub(crate) fn choose<'a>(&'a self, source: &'a Source) -> Result<Vec<Choice<'a>>, Refusal> {
        let mut chosen: Vec<Choice<'a>> = Vec::new();
        if self.is_all() {
            chosen.extend(source.streams.iter().map(|stream| Choice { stream, by: None }));
        }
        for map in &self.0 {
            let found = map.streams.of(source);
            if map.takes_back {
                chosen.retain(|choice| !found.iter().any(|stream| stream.index == choice.stream.index));
                continue;
            }
            if found.is_empty() && !map.may_miss {
                return Err(map.misses(source));
            }
            for stream in found {
                if let Some(earlier) = chosen.iter().find(|choice| choice.stream.index == stream.index) {
                    return Err(map.repeats(earlier));
                }
                chosen.push(Choice { stream, by: Some(map) });
            }
        }
        Ok(chosen)
    }

    /// The first of the chosen pictures, which is the one that is encoded; None if nothing was said.
    pub(super) fn picture(&self, source: &Source) -> Option<u32> {
        if self.is_all() {
            return None;
        }
        let is_picture = |stream: &&Stream| stream.picture.is_some() && !stream.is_cover();
        let chosen = self.choose(source).ok()?;
        chosen.iter().map(|choice| choice.stream).find(is_picture).map(|stream| stream.index)
    }
}

impl Choice<'_> {
    /// Refuses to leave behind, for this reason, a stream that was named on its own and that the film has.
    pub(crate) fn can_be_dropped(&self, why: &str) -> Result<(), Refusal> {
        match self.by.filter(|map| map.streams.is_of_one() && !map.may_miss) {
            Some(map) => Err(map.refusal(format!(
                "{}: {why}; leave this option out, or take a container that can hold it",
                self.stream.described()
            ))),
            None => Ok(()),
        }
    }
}

impl Map {
    fn refusal(&self, reason: String) -> Refusal {
        Refusal::new(self.to_string(), reason)
    }

    fn misses(&self, source: &Source) -> Refusal {
        let more = source.streams.len().saturating_sub(TOLD_MAX);
        let all = source.streams.iter().take(TOLD_MAX).map(Stream::described);
        let all = all.chain((more > 0).then(|| format!("{more} more"))).collect::<Vec<_>>().join(", ");
        self.refusal(format!(
            "no stream of the film matches; it has {all}; with ? at its end the option may match nothing"
        ))
    }

    fn repeats(&self, earlier: &Choice<'_>) -> Refusal {
        let by = earlier.by.map_or_else(String::new, |map| format!(" by {map}"));
        self.refusal(format!(
            "0:{} is chosen already{by}; a job keeps each stream once; -map -0:{} before this option takes it back",
            earlier.stream.index, earlier.stream.index
        ))
    }

    /// Reads the value of a `-map`.
    pub(super) fn read(value: &str) -> Result<Self, String> {
        let (takes_back, streams) = value.strip_prefix('-').map_or((false, value), |rest| (true, rest));
        let (may_miss, streams) = streams.strip_suffix('?').map_or((false, streams), |rest| (true, rest));
        if streams.starts_with('[') {
            return Err("labels belong to -filter_complex, which is not supported; -vf filters the picture, and -map 0:v -map 0:a choose picture and sound".to_owned());
        }
        let digits = streams.bytes().take_while(u8::is_ascii_digit).count();
        let (film, rest) = streams.split_at(digits);
        if !film.trim_start_matches('0').is_empty() {
            return Err(format!(
                "a job has one input, the film itself, which is 0; -map 0:… chooses among its streams (input {film} can't be given)"
            ));
        }
        // Without a number, ffmpeg means the first input.
        let specifier = match (film, rest.strip_prefix(':')) {
            ("", _) => Some(rest),
            (_, None) if rest.is_empty() => Some(""),
            (_, specifier) => specifier,
        };
        let streams = specifier.filter(|_| !streams.is_empty()).and_then(Specifier::read);
        let streams = streams.ok_or_else(|| EXPECTED.to_owned())?;
        Ok(Self { takes_back, streams, may_miss })
    }
}

const EXPECTED: &str = "expected streams of the film, such as 0, 0:1, 0:v, 0:a:1, 0:s?, 0:m:language:eng, 0:i:0x100, or -0:a:1 to take one back";

impl TryFrom<String> for Map {
    type Error = String;

    fn try_from(value: String) -> Result<Self, String> {
        Self::read(&value)
    }
}

impl From<Map> for String {
    fn from(map: Map) -> Self {
        map.value()
    }
}

impl Map {
    fn value(&self) -> String {
        let sign = if self.takes_back { "-" } else { "" };
        format!("{sign}0{}{}", self.streams, if self.may_miss { "?" } else { "" })
    }
}

impl fmt::Display for Map {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "-map {}", self.value())
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(Map::to_string).collect();
        f.write_str(&all.join(" "))
    }
}

#[cfg(test)]
#[path = "selection_tests.rs"]
mod tests;
