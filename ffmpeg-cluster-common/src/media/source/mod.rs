//! What goes in.
//!
//! - [`facts`]: what an input is, as ffprobe tells it
//! - [`index`]: its exact frames
//! - [`clock`]: a film whose clock is set back
//! - [`extras`]: what rides on its pictures
//! - [`sei`]: which x264 made it
//! - [`sequence`]: numbered images that are one film
//! - [`formats`]: which formats it may have
//! - [`guard`]: what stands before every input

pub mod clock;
pub mod extras;
pub mod facts;
pub mod formats;
pub mod guard;
pub mod index;
pub mod sei;
pub mod sequence;

pub use crate::media::words::kind::StreamKind;
pub use facts::{Hdr, Picture, Sound, Source, Stream};
