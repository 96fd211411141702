//! What will be made.
//!
//! - [`timeline`]: the frames of the result, and what to read of the source for them
//! - [`carriage`]: which stream of the source goes how into the result
//! - [`witness`]: the frames around the ends of a piece, as its decoder saw them
//! - [`work`]: what a client is asked to make
//! - [`film`], [`track`]: the little that the scheduler must know of a film, and of each series of work that it takes
//! - [`parts`]: a frame list that clients make in parts

pub mod carriage;
pub mod film;
pub mod parts;
pub mod timeline;
pub mod track;
pub mod witness;
pub mod work;
