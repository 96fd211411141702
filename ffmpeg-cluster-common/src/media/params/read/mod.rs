//! Words → profile. Nothing here names an option or an encoder: that is said by `rows`.
//!
//! - [`words`] splits a line as a shell would
//! - [`parse`] the loop over words
//! - [`said`] an option as it was typed · [`find`] its row
//! - [`draft`] what was understood so far
//! - [`print`] options that are printed again · [`lists`] those that are lists themselves
//! - [`encoders`] · [`tags`] · [`span`] options with a behaviour of their own
//! - [`judge`] what only the whole tells; what comes out is a profile
//! - [`nearest`] "did you mean"
//! - [`allowed`] what an operator takes in beyond the tables

pub(super) mod allowed;
mod draft;
mod encoders;
mod find;
mod judge;
mod lists;
pub(super) mod nearest;
pub(super) mod parse;
mod print;
mod said;
mod span;
mod tags;
pub(super) mod words;

pub(crate) use draft::Draft;
pub(crate) use said::Said;
