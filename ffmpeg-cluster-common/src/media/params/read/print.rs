//! Options that we print again: the row judges the value, which is stored for its place.

use super::draft::{Draft, VideoOption, put, refuse};
use super::find::{Found, find};
use super::lists;
use super::typed_option::TypedOption;
use crate::media::params::Refusal;
use crate::media::params::refusal::shown;
use crate::media::params::rows::values::Value;
use crate::media::params::rows::{OptionRow, Place};

impl Draft {
    pub(super) fn print(
        &mut self,
        row: &'static OptionRow,
        said: &TypedOption<'_>,
        value: &str,
    ) -> Result<(), Vec<Refusal>> {
        if let Err(want) = row.value.check(value) {
            return refuse(said.word, format!("{:?} is not {want}", shown(value)));
        }
        if let Value::Keyed(list) = row.value {
            lists::check(list, said.word, value).map_err(|refusal| vec![refusal])?;
        }
        let value = value.to_owned();
        match row.place {
            Place::Video => {
                self.video.retain(|earlier| earlier.row.name != row.name);
                self.video.push(VideoOption { word: said.word.to_owned(), row, value });
            }
            Place::Sound => {
                put(&mut self.sound.options, sound_name(row, said.track()), value);
                self.sound.said.get_or_insert_with(|| said.word.to_owned());
            }
            Place::Muxer => put(&mut self.muxer, row.name.to_owned(), value),
            Place::Subtitle | Place::Any | Place::Alone => {}
        }
        Ok(())
    }

    /// `-strict` without a specifier applies to picture and sound.
    pub(crate) fn strict_of_all(&mut self, said: &TypedOption<'_>, value: &str) -> Result<(), Vec<Refusal>> {
        for typed in ["strict:v", "strict:a"] {
            let each = TypedOption::new(said.word, typed);
            if let Found::Row(row) = find(&each, self.family) {
                self.print(row, &each, value)?;
            }
        }
        Ok(())
    }
}

/// The option's name; that of a single sound track's option contains the track number.
fn sound_name(row: &OptionRow, track: Option<u32>) -> String {
    match track {
        None => row.name.to_owned(),
        Some(track) if row.name.contains(':') => format!("{}:{track}", row.name),
        Some(track) => format!("{}:a:{track}", row.name),
    }
}
