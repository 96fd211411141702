//! Finds the row of a typed option.

use super::typed_option::{Stream, TypedOption, place};
use crate::media::params::rows::row::OptionEffect;
use crate::media::params::rows::{self, OptionRow, Place};

/// What the tables say about an option.
#[derive(Debug)]
pub(super) enum Found {
    Row(&'static OptionRow),
    /// The option is known, but its specifier is not.
    Specifier,
    /// The option is known for other kinds of streams.
    OtherStream(&'static OptionRow),
    Unknown,
}

/// Several encoders may have options of the same name: those of `family` take precedence.
pub(super) fn find(said: &TypedOption<'_>, family: &str) -> Found {
    let rank = |row: &&OptionRow| {
        (row.place == Place::Alone, row.families.contains(&family), row.families.is_empty())
    };
    if let Some(row) = rows::all().filter(|row| fits(row, said)).max_by_key(rank) {
        return Found::Row(row);
    }
    let bare = TypedOption::new(said.base, said.base);
    let elsewhere = |row: &&OptionRow| row.place != Place::Alone && fits(row, &bare);
    let alone = |row: &&OptionRow| row.name == said.base && !row.is_printed();
    match rows::all().find(elsewhere) {
        Some(_) if said.stream == Stream::Other => Found::Specifier,
        Some(row) if alone(&row) => Found::OtherStream(row),
        Some(_) | None => Found::Unknown,
    }
}

/// The reason why the option is refused with every specifier; None if it is not refused.
pub(super) fn refused(name: &str) -> Option<&'static str> {
    rows::all().filter(|row| row.names().any(|known| known == name)).find_map(|row| match row.then {
        OptionEffect::Refuse(reason) => Some(reason),
        OptionEffect::Print
        | OptionEffect::Run(_)
        | OptionEffect::Ignore
        | OptionEffect::NeedsSpecifier(_) => None,
    })
}

fn fits(row: &OptionRow, said: &TypedOption<'_>) -> bool {
    match row.place {
        Place::Alone => row.names().any(|name| name == said.typed),
        Place::Any => row.names().any(|name| name == said.base),
        Place::Video | Place::Sound | Place::Subtitle | Place::Muxer => {
            row.names().any(|name| is_meant(row, name, said))
        }
    }
}

fn is_meant(row: &OptionRow, name: &str, said: &TypedOption<'_>) -> bool {
    let of = |place: Place| matches!(said.stream, Stream::Of(said, _) if said == place);
    match name.split_once(':') {
        Some((base, letter)) => base == said.base && place(letter).is_some_and(of),
        None if name == row.name => name == said.base && (said.stream == Stream::Unsaid || of(row.place)),
        // A short form accepts no specifier.
        None => name == said.typed,
    }
}
