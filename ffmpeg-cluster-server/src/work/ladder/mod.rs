//! From the pieces of a ladder to the folder of a stream, proved before it gets its name.
//!
//! From the ground up:
//!
//! - [`written`]: files of a stream, as they are written and read again.
//! - [`copied`]: ffmpeg copies a piece into fragments.
//! - [`sounds`]: the sounds of a stream.
//! - [`texts`]: its subtitles.
//! - [`rungs`]: its pictures.
//! - [`decoded`]: decodes media segments where pieces meet.
//! - [`folder`]: the whole of it.

mod copied;
mod decoded;
mod folder;
mod rungs;
mod sounds;
mod texts;
mod written;

pub(super) use self::folder::make;
