//! A program in ffmpeg's place that tries to get out of the sandbox, in each way that we know of, and prints a line for each:
//! `HELD` or `WORKED`, and what it tried. It harms nothing where it is not held: what it changes it sets to what it was.
//!
//! ```text
//! escape PARENT FOLDER FILM     (FOLDER holds: secret, old, gone)
//! ```

// What it prints is what it is for.
#![allow(clippy::print_stdout)]

#[cfg(target_os = "linux")]
mod others;
#[cfg(target_os = "linux")]
mod ways;

#[cfg(target_os = "linux")]
fn main() {
    ways::all();
}

/// Nothing of ours would hold it there.
#[cfg(not(target_os = "linux"))]
fn main() {}
