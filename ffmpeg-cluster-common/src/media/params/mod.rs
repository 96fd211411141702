//! The user's encoding parameters: split, understood, and refused where pieces can't honour them.
//!
//! Nothing that a user typed reaches ffmpeg verbatim.
//! We accept only options in our tables, with values of the kind
//! that the table names, and print them again.
//!
//! - [`profile`]: the parameters, as understood
//! - [`kind`]: the name under which speeds are measured
//! - [`looks`]: colours, levels and chroma location, in ffprobe's words
//! - [`selection`]: the streams that `-map` chooses
//! - [`specifier`]: how they are named
//! - [`span`]: the part of the film that the user wants
//! - [`refusal`]: why parameters are refused
//! - [`rows`]: the tables: options, refused options, encoders; a new one is a row there
//! - [`read`]: words → [`Profile`]: the loop, and checks across options
//! - [`filters`]: chains of filters as values, and their tables
//! - [`recheck`]: checks a profile that came over the wire
//! - [`hardware`]: the same film from a hardware encoder
//! - [`ladder`]: the film in several sizes
//! - [`pixels`]: how large a picture may be
//! - [`grammar`]: the tables, for generators of parameters

mod filters;
pub mod grammar;
pub mod hardware;
mod kind;
pub mod ladder;
mod looks;
mod pixels;
mod profile;
mod read;
mod recheck;
mod refusal;
mod rows;
mod selection;
mod span;
mod specifier;
#[cfg(test)]
mod tests;

pub(crate) use filters::memory::{Needs, Step};
pub use filters::{Chain, Filter, of_pictures};
pub use kind::WorkKind;
pub use looks::ColorProperties;
pub use pixels::pixels_max;
pub use profile::{Pace, PictureProfile, Profile, SoundProfile, SubtitleProfile, VideoProfile};
pub use read::{
    allowed::Allowed,
    parse::{parse, parse_allowing},
    words::words,
};
pub use recheck::{check_picture, check_sound};
pub use refusal::Refusal;
pub(crate) use rows::encoders::{
    HdrNames, Levels, OwnList, SoundPieceFormat, is_hardware, is_parameter_list, software_of, sound_codec,
    sound_or_plain, video_or_plain,
};
pub use rows::encoders::{VideoEncoder, software, sound_names, usual, usual_sound};
pub use selection::Selection;
pub use span::Span;
