//! A film as a stream: renditions in media segments of a few seconds each, and the lists that players read.
//!
//! Pure: readers of bytes, and writers of bytes. A program has ffmpeg copy a piece into fragments, reads that
//! file with [`fragmented`], and writes what [`fragment`] says. What is written is read again, and proved.
//!
//! - [`colors`]: the colours of a picture
//! - [`entry`]: the codec and size of a track
//! - [`head`]: what stands before the first fragment
//! - [`moof`]: the samples of a fragment
//! - [`fragmented`]: reads a fragmented file
//! - [`sound`]: the packets of a sound
//! - [`clock`]: the clock of a picture
//! - [`segments`]: which frames each media segment holds, and when they are shown
//! - [`tracks`]: the tracks of a ladder
//! - [`fragment`]: writes media segments
//! - [`playlist`]: playlists of HLS
//! - [`prove`]: files of a stream against the plan
//! - [`rendition`]: one picture or one sound
//! - [`vtt`]: subtitles as text
//! - [`subtitles`]: subtitles in lists
//! - [`lists`]: all lists of a stream, written and proved

mod boxes;
mod clock;
mod codecs;
mod colors;
mod decode_times;
pub mod entry;
pub mod fragment;
pub mod fragmented;
pub mod head;
pub mod lists;
mod manifest;
mod moof;
pub mod playlist;
pub mod prove;
mod rates;
pub mod rendition;
pub mod segments;
pub mod sound;
pub mod subtitles;
pub mod tracks;
pub mod vtt;
