//! What both bodies need and that does touch the world.
//!
//! [`clock`] the one place that reads the time · [`spawn`] the one place that starts background work ·
//! [`process`] runs a child program, watched and killable · [`sandbox`] what such a child may touch · [`tools`] finds ffmpeg and ffprobe ·
//! [`fetch`] brings a known file here, whole or not at all · [`archive`] takes files out of archives ·
//! [`digest`] SHA-256 of bytes and files · [`disk`] how much room there is · [`files`] how many may be open ·
//! [`owners`] whose program the other end of a connection is · [`heap`] gives memory back ·
//! [`database`] looks at one before it is opened · [`log`] one event, one line · [`private`] files that are nobody else's ·
//! [`random`] secrets · [`system`] what only the operating system tells or does · [`crash`] places where a test lets a process die.

pub mod archive;
pub mod clock;
pub mod crash;
pub mod database;
pub mod digest;
pub mod disk;
pub mod fetch;
pub mod files;
pub mod heap;
pub mod host;
pub mod log;
mod mortal;
pub mod owners;
pub mod private;
pub mod process;
pub mod random;
pub mod sandbox;
pub mod spawn;
pub mod system;
pub mod tools;
