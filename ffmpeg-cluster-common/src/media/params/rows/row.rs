//! What a row of the table of options says.

use super::values::Value;
use crate::media::params::Refusal;
use crate::media::params::read::{Draft, Said};

/// Names, or families of encoders.
pub(crate) type Names = &'static [&'static str];

/// What an option concerns, and so which stream specifiers it may be said with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// With `:v` or none.
    Video,
    /// With `:a` or none.
    Sound,
    Subtitle,
    /// Said where the result is written, without a specifier.
    Muxer,
    /// Whatever specifier is said; its action judges that.
    Any,
    /// Only as the names are written, and before all rows that would fit, too.
    Alone,
}

/// One option, or several that are treated alike. A name that holds a specifier is known only with that.
#[derive(Debug, Clone, Copy)]
pub struct OptionRow {
    /// As we print it, without the dash.
    pub name: &'static str,
    /// Other ways to write it.
    pub also: Names,
    pub place: Place,
    pub value: Value,
    /// Families of encoders that know it; empty: all.
    pub families: Names,
    /// Whether it may be what somebody meant who typed an unknown name.
    pub(in crate::media::params) suggested: bool,
    pub(in crate::media::params) then: Then,
}

/// What becomes of an option with a behaviour of its own.
pub(crate) type Action = fn(&mut Draft, &Said<'_>, &str) -> Result<(), Vec<Refusal>>;

/// What becomes of an option.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Then {
    /// It is printed again where its place is.
    Print,
    Run(Action),
    /// Said for ffmpeg's own sake; without meaning here.
    Ignore,
    Refuse(&'static str),
    /// The same, except where this value asks for what is done anyway.
    RefuseBut(&'static str, &'static str),
    /// It is known only with a specifier: these.
    NeedsSpecifier(&'static str),
}

impl OptionRow {
    /// One that is printed again.
    pub(super) const fn plain(name: &'static str, place: Place, value: Value) -> Self {
        Self { name, also: &[], place, value, families: &[], suggested: true, then: Then::Print }
    }

    /// One of several names, and with a behaviour of its own that the caller adds.
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
        matches!(self.then, Then::Print)
    }
}
