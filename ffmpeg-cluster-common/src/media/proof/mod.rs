//! Checks of pieces and results.
//!
//! - [`packets`]: the packets of one stream
//! - [`probed`]: what ffprobe finds in a piece
//! - [`verify`]: accepts a piece by its frames and times, or returns a fault
//! - [`alike`]: whether pieces fit into one film
//! - [`times`]: compares the times of a result with the index
//! - [`nut`]: whether a piece's file is complete, and when its frames are shown
//! - [`copied`]: whether a copied picture has the source's packets
//! - [`damage`]: where a source does not decode cleanly
//! - [`remake`]: whether a piece must be made again
//! - [`likeness`]: compares a piece with its source
//! - [`audit`]: compares a piece with the server's own encode
//! - [`seams`]: decodes a result where two pieces meet
//! - [`lipsync`]: whether sounds are in time with the picture
//! - [`lost_tags`]: tags, chapters and flags that a result lacks
//! - [`report`]: the report of a job's findings

pub mod alike;
pub mod audit;
pub mod copied;
pub mod damage;
pub mod likeness;
pub mod lipsync;
pub mod lost_tags;
mod matroska;
pub mod nut;
pub mod packets;
pub mod probed;
pub mod remake;
pub mod report;
pub mod seams;
pub mod times;
pub mod unaided;
pub mod verify;
