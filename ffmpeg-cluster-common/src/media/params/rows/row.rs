//! A row of the table of options.

use super::values::Value;
use crate::media::params::Refusal;
use crate::media::params::read::{Draft, TypedOption};

/// Names of options, or families of encoders.
pub(crate) type Names = &'static [&'static str];

/// The streams that an option belongs to, which decides the stream specifiers that it accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// With `:v` or none.
    Video,
    /// With `:a` or none.
    Sound,
    Subtitle,
    /// For the run that writes the result; accepts no specifier.
    Muxer,
    /// Any specifier; the row's action judges it.
    Any,
    /// Only exactly as the names are written; it takes precedence over all other matching rows.
    Alone,
}

/// One option, or several with the same effect.
/// A name that contains a specifier matches only with that specifier.
#[derive(Debug, Clone, Copy)]
pub struct OptionRow {
    /// The name that we print, without the dash.
    pub name: &'static str,
    /// Other names of the option.
    pub also: Names,
    pub place: Place,
    pub value: Value,
    /// Families of encoders that know it; empty for all.
    pub families: Names,
    /// Whether "did you mean" may suggest it.
    pub(in crate::media::params) suggested: bool,
    pub(in crate::media::params) then: OptionEffect,
}

/// The code behind an option with an effect of its own.
pub(crate) type Action = fn(&mut Draft, &TypedOption<'_>, &str) -> Result<(), Vec<Refusal>>;

/// The effect of an option.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OptionEffect {
    /// Printed again at its place.
    Print,
    Run(Action),
    /// Meaningless for a job, but harmless in an ffmpeg line.
    Ignore,
    Refuse(&'static str),
    /// Known only with one of these specifiers.
    NeedsSpecifier(&'static str),
}

impl OptionRow {
    /// An option that we print again.
    pub(super) const fn plain(name: &'static str, place: Place, value: Value) -> Self {
        Self { name, also: &[], place, value, families: &[], suggested: true, then: OptionEffect::Print }
    }

    /// An option with several names, whose effect the caller adds.
    pub(super) const fn own(names: Names, place: Place, value: Value) -> Self {
        let Some((name, also)) = names.split_first() else { panic!("an option has a name") };
        Self { also, suggested: false, ..Self::plain(name, place, value) }
    }

    pub(super) const fn also(self, also: Names) -> Self {
        Self { also, ..self }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.also.iter().copied())
    }

    pub(in crate::media::params) const fn is_printed(&self) -> bool {
        matches!(self.then, OptionEffect::Print)
    }
}
