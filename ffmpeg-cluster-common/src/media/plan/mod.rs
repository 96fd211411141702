//! What the clients make of a source.
//!
//! - [`timeline`]: the frames of the result, and which part of the source each range of them needs
//! - [`carriage`]: how each stream of the source goes into the result
//! - [`witness`]: frames around the ends of a piece, as its decoder gave them
//! - [`work`]: the work that a lease offers to a client
//! - [`film`], [`track`]: what the scheduler knows of a film, and of each of its tracks
//! - [`parts`]: a frame list that clients make in parts

pub mod carriage;
pub mod film;
pub mod parts;
pub mod timeline;
pub mod track;
pub mod witness;
pub mod work;
