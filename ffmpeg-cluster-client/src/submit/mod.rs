//! A person with a film: uploads it, follows its job, fetches the result.
//!
//! - [`tus`]: the sender's side of tus 1.0
//! - [`asking`]: asks whether the server would take an upload, before all of it is sent
//! - [`memo`]: remembers an upload between runs
//! - [`news`]: when to look at something again
//! - [`follow`]: watches a job to its end
//! - [`fetch`]: brings a result here, and checks it
//! - [`upload`]: sends a film, and makes it a job
//! - [`films`]: all of it, for `--upload-file`

mod asking;
pub(crate) mod fetch;
pub(crate) mod films;
pub(crate) mod follow;
mod memo;
pub(crate) mod news;
mod tus;
mod upload;
