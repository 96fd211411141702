//! Words → profile. No option or encoder is named here; `rows` lists them all.
//!
//! - [`words`]: splits a line as a shell would
//! - [`parse`]: the loop over words
//! - [`typed_option`]: an option as it was typed
//! - [`find`]: finds the row of a typed option
//! - [`draft`]: the state while words are read
//! - [`print`]: options that we print again
//! - [`lists`]: options that are lists themselves, such as `-x264-params`
//! - [`encoders`]: options that choose encoders and filters
//! - [`tags`]: options for container, streams, tags and chapters
//! - [`span`]: options for the wanted part and its rate
//! - [`copied`]: checks of a picture that is copied
//! - [`judge`]: checks across options, which give a profile
//! - [`nearest`]: "did you mean"
//! - [`allowed`]: options that an operator allows beyond the tables

pub(super) mod allowed;
mod copied;
mod draft;
mod encoders;
mod find;
mod judge;
mod lists;
pub(super) mod nearest;
pub(super) mod parse;
mod print;
mod span;
mod tags;
mod typed_option;
pub(super) mod words;

pub(crate) use draft::Draft;
pub(crate) use typed_option::TypedOption;
