//! Takes films in, hands out frame-exact segments, joins and proves the results.
//!
//! [`app`] wires the parts · `driver` owns the cluster's mind · `perform` does what it decides · [`catalog`] remembers ·
//! [`auth`] knows who asks · `gate` lets in · `link` talks to clients · `door` and `api` to people · `bytes` moves films · `durable` makes them last · `media` runs ffmpeg and ffprobe.
//! [`runtime`], [`signals`], [`log`] and [`verbs`] are for the program itself.

mod api;
pub mod app;
mod audit_log;
pub mod auth;
mod bytes;
pub mod catalog;
pub mod config;
mod door;
mod driver;
mod durable;
pub mod folders;
mod gate;
mod handle;
pub mod housekeeping;
mod link;
pub mod log;
mod media;
mod notice;
#[cfg(test)]
mod outside_tests;
mod perform;
mod releases;
mod roots;
pub mod runtime;
#[cfg(test)]
mod samples;
pub mod signals;
pub mod storage;
pub mod verbs;

pub use app::run;
/// For tests that look at films as the server does, without one.
pub use media::answers::{read as source_of_ffprobe, read_x264_build};
