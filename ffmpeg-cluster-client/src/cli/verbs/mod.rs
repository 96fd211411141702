//! What each verb does.
//!
//! - [`show`]: a reply, as JSON or as text
//! - [`fetch_ffmpeg`]: fetches ffmpeg ahead of time
//! - [`submit`]: submits a film on the server's machine
//! - [`run`]: sends a verb's request to the server

pub(crate) mod fetch_ffmpeg;
pub(crate) mod run;
pub(crate) mod show;
mod submit;
