//! The parts that touch the world and that both programs need.
//!
//! - [`clock`]: the one place that reads the time
//! - [`confine`]: lays limits on a child process
//! - [`crash`]: places where a test lets a process die
//! - [`database`]: inspects a database, opens it, and brings it up to date
//! - [`digest`]: SHA-256 of bytes and files
//! - [`disk`]: free disk space
//! - [`durable`]: files and names that survive a power cut, and locks on files
//! - [`files`]: how many files may be open
//! - [`host`]: this machine's name and address
//! - [`log`]: writes one line for each event
//! - [`owners`]: which user owns the other end of a connection
//! - [`permissions`]: keeps our files from other users
//! - [`process`]: runs a child program, watched and killable
//! - [`random`]: random secrets and numbers
//! - [`ranges`]: `Range` of HTTP
//! - [`sandbox`]: what a child program may touch
//! - [`settings`]: texts that become values, and files that hold them
//! - [`signals`]: runs a program until it is done or told to end
//! - [`spawn`]: the one place that starts background work
//! - [`system`]: calls of the operating system
//! - [`tools`]: finds, fetches and installs ffmpeg
//! - [`trace`]: records where the time goes, for `--trace`

pub mod clock;
mod confine;
pub mod crash;
pub mod database;
pub mod digest;
pub mod disk;
pub mod durable;
pub mod files;
pub mod host;
pub mod log;
pub mod owners;
pub mod permissions;
pub mod process;
pub mod random;
pub mod ranges;
pub mod sandbox;
pub mod settings;
pub mod signals;
pub mod spawn;
pub mod system;
pub mod tools;
pub mod trace;
