//! What both bodies need and that does touch the world.
//!
//! - [`allocator`]: gives memory back
//! - [`clock`]: the one place that reads the time
//! - [`confine`]: limits laid on a child process
//! - [`crash`]: places where a test lets a process die
//! - [`database`]: a look at one before it is opened
//! - [`digest`]: SHA-256 of bytes and files
//! - [`disk`]: how much room there is
//! - [`files`]: how many may be open
//! - [`host`]: this machine's names
//! - [`log`]: one event, one line
//! - [`owners`]: whose program the other end of a connection is
//! - [`permissions`]: files that are nobody else's
//! - [`process`]: runs a child program, watched and killable
//! - [`random`]: secrets
//! - [`sandbox`]: what such a child may touch
//! - [`spawn`]: the one place that starts background work
//! - [`system`]: what only the operating system tells or does
//! - [`tools`]: finds, fetches and installs ffmpeg

pub mod allocator;
pub mod clock;
mod confine;
pub mod crash;
pub mod database;
pub mod digest;
pub mod disk;
pub mod files;
pub mod host;
pub mod log;
pub mod owners;
pub mod permissions;
pub mod process;
pub mod random;
pub mod sandbox;
pub mod spawn;
pub mod system;
pub mod tools;
