//! How ffmpeg is found and fetched: by the library where moments matter, by the shipped programs for all else.

#![allow(clippy::unwrap_used, reason = "everything here is a test")]

mod builds;
mod found;
mod interrupted;
mod line;
mod refused;
