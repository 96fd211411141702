//! What each verb does.
//!
//! - [`show`]: a reply, as JSON or as text
//! - [`fetch_ffmpeg`]: fetches ffmpeg ahead of time
//! - [`there`]: films on the server's machine
//! - [`submit`]: submits them
//! - [`plan`]: asks what would become of them
//! - [`watch`]: shows jobs while they go on
//! - [`events`]: shows what happens
//! - [`timeline`]: shows who encoded what
//! - [`jobs`]: lists the jobs that fit
//! - [`frame`]: fetches one frame of a film
//! - [`open`]: opens the page
//! - [`link`]: makes, lists and ends links to streams
//! - [`tokens`]: makes, lists and revokes tokens
//! - [`manual`]: completions and manual pages
//! - [`run`]: sends a verb's request to the server

mod events;
pub(crate) mod fetch_ffmpeg;
mod frame;
mod jobs;
mod link;
pub(crate) mod manual;
mod open;
mod plan;
pub(crate) mod run;
pub(crate) mod show;
mod submit;
mod there;
mod timeline;
mod tokens;
mod watch;
