//! The second body of FFmpeg Cluster: holds a link to the server, runs ffmpeg, moves bytes; decides nothing.
//!
//! [`config`] flags → settings · [`joining`] which server, and as whom · [`wire`] how it is spoken to · [`app`] builds the parts and orders the shutdown · [`verbs`], [`upload`] what
//! people do with a server: [`api`] asks, `tus` sends, `follow` watches, `fetch` brings the result.

pub mod abilities;
pub mod api;
pub mod app;
pub mod catalog;
mod chance;
pub mod config;
pub mod devices;
mod driver;
mod fetch;
pub mod folders;
mod follow;
pub mod gateway;
pub mod identity;
pub mod joining;
pub mod link;
pub mod machine;
mod memo;
mod perform;
mod progress;
mod report;
mod retries;
#[cfg(test)]
mod scratch;
pub mod signals;
mod tus;
pub mod update;
pub mod upload;
pub mod verbs;
pub mod wire;
pub mod work;

pub use app::{Ending, run};
