//! Whether it is what it should be.
//!
//! - [`verify`]: facts about a piece or a result → accepted or fault
//! - [`nut`]: whether a piece ends where it should
//! - [`again`]: whether a piece is made once more
//! - [`damage`]: where a source does not decode
//! - [`likeness`]: a piece against its source
//! - [`audit`]: a piece against the server's own encode
//! - [`seams`]: where two pieces meet
//! - [`lipsync`]: how far sounds are from the picture
//! - [`kept`]: names and flags that a result lacks
//! - [`report`]: what a job saw

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
