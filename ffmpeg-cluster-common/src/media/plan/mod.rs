//! What the clients make of a source.
//!
//! - [`carriage`]: how each stream of the source goes into the result
//! - [`witness`]: frames around the ends of a piece, as its decoder returned them
//! - [`piece`]: a finished piece, as its client and the server describe it
//! - [`work`]: the work that a lease offers to a client
//! - [`track`]: what the scheduler knows about a track
//! - [`film`]: what the scheduler knows about a film: its tracks
//! - [`timeline`]: the frames of the result, and which part of the source each range of them needs
//! - [`list`]: a frame list that clients make

pub mod carriage;
pub mod film;
pub mod list;
pub mod piece;
pub mod timeline;
pub mod track;
pub mod witness;
pub mod work;
