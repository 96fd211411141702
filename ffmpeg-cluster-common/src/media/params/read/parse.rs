//! Words → profile, or all refusals: one loop that looks up the row of each option.

use std::iter::Peekable;

use super::allowed::{Allowed, is_plain};
use super::draft::{Draft, put, refuse};
use super::find::{Found, find};
use super::nearest::suggestion;
use super::typed_option::{Stream, TypedOption};
use crate::limits::PARAMETER_WORDS_MAX;
use crate::media::params::refusal::shown;
use crate::media::params::rows::row::OptionEffect;
use crate::media::params::rows::values::Value;
use crate::media::params::rows::{OptionRow, Place, encoders};
use crate::media::params::{Profile, Refusal};
use crate::media::words::container::Container;

type Done = Result<(), Vec<Refusal>>;

/// Parses the words; fails with all refusals at once.
pub fn parse(words: &[String], container: Container) -> Result<Profile, Vec<Refusal>> {
    parse_allowing(words, container, &Allowed::default())
}

/// Parses with the options that an operator allows beyond the tables.
pub fn parse_allowing(
    words: &[String],
    container: Container,
    allowed: &Allowed,
) -> Result<Profile, Vec<Refusal>> {
    if words.len() > PARAMETER_WORDS_MAX {
        return refuse("ffmpeg_params", format!("more than {PARAMETER_WORDS_MAX} words"));
    }
    let mut draft = Draft::new(container, named_family(words));
    let mut rest = words.iter().map(String::as_str).peekable();
    while let Some(word) = rest.next() {
        if let Err(refusals) = draft.read(word, &mut rest, allowed) {
            draft.refusals.extend(refusals);
        }
    }
    draft.finish()
}

/// The family of the encoder that is named last, or of the most common encoder if none is named.
fn named_family(words: &[String]) -> &'static str {
    let names_encoder = |word: &str| {
        let row = word.strip_prefix('-').map(|typed| find(&TypedOption::new(word, typed), ""));
        matches!(row, Some(Found::Row(row)) if row.name == "c:v")
    };
    let named = words.windows(2).rev().find(|pair| names_encoder(&pair[0]));
    let named = named.and_then(|pair| encoders::video(&pair[1]));
    named.unwrap_or_else(|| encoders::usual()).family
}

impl Draft {
    fn read<'a>(
        &mut self,
        word: &'a str,
        rest: &mut Peekable<impl Iterator<Item = &'a str>>,
        allowed: &Allowed,
    ) -> Done {
        let Some(typed) =
            word.strip_prefix('-').filter(|typed| !typed.is_empty() && typed.parse::<f64>().is_err())
        else {
            return refuse(
                word,
                "this word follows no option and would name another output; name the result with --file-name-output",
            );
        };
        let said = TypedOption::new(word, typed);
        match find(&said, self.family) {
            Found::Row(row) if matches!(row.value, Value::None) => self.act(row, &said, Some("")),
            Found::Row(row) => self.act(row, &said, rest.next()),
            Found::Specifier => {
                valued(word, rest.next())?;
                refuse(
                    word,
                    "this stream specifier is not supported; :v, :a and :s are, for all tracks of a kind",
                )
            }
            Found::OtherStream(row) => {
                valued(word, rest.next())?;
                refuse(word, format!("unknown option{}", suggestion(row.name)))
            }
            Found::Unknown if allowed.has(typed) => self.allowed_option(&said, rest.next()),
            Found::Unknown => {
                // The option may have a value, but not one that looks like an option.
                rest.next_if(|next| !next.starts_with('-') || next.parse::<f64>().is_ok());
                refuse(word, format!("unknown option{}", suggestion(typed)))
            }
        }
    }

    /// Applies the row of an option.
    fn act(&mut self, row: &'static OptionRow, said: &TypedOption<'_>, value: Option<&str>) -> Done {
        match row.then {
            OptionEffect::Print => self.print(row, said, usable(row, said, value)?),
            OptionEffect::Run(action) => action(self, said, usable(row, said, value)?),
            OptionEffect::Ignore => Ok(()),
            OptionEffect::Refuse(reason) => refuse(said.word, reason),
            OptionEffect::NeedsSpecifier(which) => {
                valued(said.word, value)?;
                refuse(said.word, format!("name the stream: {which}"))
            }
        }
    }

    fn allowed_option(&mut self, said: &TypedOption<'_>, value: Option<&str>) -> Done {
        let Some(value) = value else { return refuse(said.word, "a value is missing") };
        if !is_plain(value) {
            return refuse(said.word, format!("{:?} is not a plain word or number", shown(value)));
        }
        let name = said.typed.strip_suffix(":v").unwrap_or(said.typed);
        put(&mut self.allowed_video, format!("{name}:v"), value.to_owned());
        Ok(())
    }
}

/// The value of an option, if its stream is one that we encode.
fn usable<'a>(
    row: &OptionRow,
    said: &TypedOption<'_>,
    value: Option<&'a str>,
) -> Result<&'a str, Vec<Refusal>> {
    let value = valued(said.word, value)?;
    let other = matches!(said.stream, Stream::Of(Place::Video, Some(track)) if track > 0);
    if other && row.place != Place::Any {
        return refuse(said.word, "only the first picture is encoded; others are copied");
    }
    Ok(value)
}

fn valued<'a>(word: &str, value: Option<&'a str>) -> Result<&'a str, Vec<Refusal>> {
    match value {
        None => refuse(word, "a value is missing"),
        Some(value) if value.contains('\0') => refuse(word, "the value holds a zero byte"),
        Some(value) => Ok(value),
    }
}
