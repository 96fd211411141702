//! Checks of pieces and results.
//!
//! - [`verify`]: accepts a piece or a result, or returns a fault
//! - [`nut`]: whether a piece's file is complete
//! - [`damage`]: where a source does not decode
//! - [`again`]: whether a piece must be made once more
//! - [`likeness`]: compares a piece with its source
//! - [`audit`]: compares a piece with the server's own encode
//! - [`seams`]: decodes a result where two pieces meet
//! - [`lipsync`]: whether sounds are in time with the picture
//! - [`kept`]: names and flags that a result lacks
//! - [`report`]: what a job found

pub mod again;
pub mod audit;
pub mod damage;
pub mod kept;
pub mod likeness;
pub mod lipsync;
pub mod nut;
pub mod report;
pub mod seams;
pub mod verify;
