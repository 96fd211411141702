//! The tables of parameters. They hold no code:
//! an option with an effect of its own names the function of `read` that implements it.
//!
//! - [`row`]: what a row of options states: names, place, value, families of encoders, and the
//!   effect
//! - [`options`]: options of the picture
//! - [`sound`]: options of the sound
//! - [`muxer`]: options of the container, and of the streams in it
//! - [`own`]: options with an effect of their own
//! - [`refused`]: options that are refused, and why
//! - [`values`]: kinds of values
//! - [`lists`]: the keys of parameter lists such as `-x264-params`
//! - [`encoders`]: encoders of pictures, sound and subtitles

pub(super) mod encoders;
pub(super) mod lists;
mod muxer;
mod options;
mod own;
mod refused;
pub(super) mod row;
mod sound;
pub(super) mod values;

pub use row::{OptionRow, Place};

/// Options that we print again for ffmpeg.
pub fn printed() -> impl Iterator<Item = &'static OptionRow> {
    options::VIDEO.iter().chain(sound::SOUND).chain(muxer::MUXER)
}

/// Options with an effect of their own.
pub(super) fn own() -> impl Iterator<Item = &'static OptionRow> {
    own::OWN.iter()
}

/// All known options, including refused ones.
pub(super) fn all() -> impl Iterator<Item = &'static OptionRow> {
    printed().chain(own()).chain(refused::REFUSED)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_name_stands_twice_in_one_place_for_one_family_of_encoders() {
        let mut seen = BTreeSet::new();
        for row in all() {
            let families = if row.families.is_empty() { &[""] } else { row.families };
            for (name, family) in row.names().flat_map(|name| families.iter().map(move |one| (name, one))) {
                assert!(seen.insert((name, format!("{:?}", row.place), family)), "{name} of {family}");
            }
        }
    }

    #[test]
    fn what_is_printed_has_a_value_and_what_knows_families_is_of_the_picture() {
        for row in printed() {
            assert!(!matches!(row.value, values::Value::None | values::Value::Any), "{}", row.name);
            assert!(row.families.is_empty() || row.place == Place::Video, "{}", row.name);
        }
    }
}
