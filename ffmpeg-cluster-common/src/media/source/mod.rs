//! The input and what we know about it.
//!
//! - [`plain`]: a picture with only a size and a rate
//! - [`clock`]: a film whose clock is set back
//! - [`resets`]: key frames with which a decoder may start
//! - [`index`]: the exact frames of an input
//! - [`side_data`]: side data of pictures, such as captions and HDR10+
//! - [`bounds`]: inputs that claim too much, or too little
//! - [`facts`]: container and streams of an input, as ffprobe describes them
//! - [`named`]: how streams are named, for ffmpeg and for people
//! - [`sei`]: the x264 build that made a film
//! - [`sequence`]: numbered images that make one film
//! - [`formats`]: the formats that an input may have
//! - [`guard`]: options before every input, which keep ffmpeg from opening anything else

mod bounds;
pub mod clock;
pub(crate) mod facts;
pub mod formats;
pub mod guard;
pub mod index;
mod named;
mod plain;
mod rate;
pub mod resets;
pub mod sei;
pub mod sequence;
pub mod side_data;
mod zero;

pub use crate::media::words::kind::StreamKind;
pub use facts::{Hdr, Picture, Sound, Source, Stream};
pub use named::FilmPicture;
