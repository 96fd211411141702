//! What we know of films: pure functions from what ffprobe and people say to what ffmpeg is told.
//!
//! [`source`] what an input is · [`index`] its exact frames · [`timeline`] those of the result · [`profile`] the user's parameters, parsed ·
//! [`container`] what a result file can hold · [`carriage`] which stream of the source goes how into the
//! result · [`work`] what a client is asked to make · [`command`] one builder of lines · [`encode`] work → ffmpeg arguments · [`sound`] sound
//! that is encoded whole · [`join`] pieces →
//! ffmpeg arguments · [`likeness`] a piece against its source · [`report`] what a job saw · [`verify`] facts about a piece or a result → accepted or fault · [`trial`] by which a device proves itself · [`progress`] ffmpeg's
//! progress text → numbers · [`seams`] where two pieces meet · [`unlike`] pieces of unlike encoders · [`damage`] where a source does not decode · [`count`] frames that only filters know · [`device`] what encodes in hardware · [`extras`] what rides on a picture · [`kept`] names and flags that a result lacks ·
//! [`sequence`] numbered images that are one film · [`heard`] which sounds hold anything · [`lipsync`] how far they are from the picture · [`guard`] what stands before every input · [`formats`] which formats it may have ·
//! [`clock`] a film whose clock is set back · [`nut`] whether a piece ends where it should · [`again`] whether a piece is made once more · [`film`] the little that the scheduler must know.

pub mod again;
pub mod audit;
pub mod carriage;
pub mod clock;
pub mod command;
pub mod container;
pub mod count;
pub mod damage;
pub mod device;
pub mod encode;
pub mod extras;
pub mod film;
pub mod formats;
pub mod guard;
pub mod heard;
pub mod index;
pub mod join;
pub mod kept;
pub mod kind;
pub mod likeness;
pub mod lipsync;
pub mod nut;
pub mod parts;
pub mod profile;
pub mod progress;
pub mod report;
#[cfg(test)]
mod sample;
pub mod seams;
pub mod sei;
pub mod sequence;
pub mod sound;
pub mod source;
pub mod timeline;
pub mod trial;
pub mod unlike;
pub mod verify;
pub mod witness;
pub mod work;
