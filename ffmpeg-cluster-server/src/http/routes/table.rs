//! The rows of the table.
//!
//! - [`server`]: the server itself, its commands and what happens.
//! - [`page`]: the page, signing in, and tokens.
//! - [`jobs`]: jobs and their results.
//! - [`farm`]: clients, and what they fetch and bring.
//! - [`webhooks`]: who is told of events.
//! - [`uploads`]: uploads by tus.

mod farm;
mod jobs;
mod page;
mod server;
mod uploads;
mod webhooks;

use std::sync::LazyLock;

use ffmpeg_cluster_common::limits::{CHUNK_BYTES_MAX, COMMAND_BYTES_MAX};

use super::{Asker, Route, Takes};
use crate::access::Role;
use crate::http::query::{Kind, Parameter};

const ANYBODY: Asker = Asker::Anybody;
const WORKER: Asker = Asker::Only(Role::Worker);
const VIEWER: Asker = Asker::Only(Role::Viewer);
const SUBMITTER: Asker = Asker::Only(Role::Submitter);
const ADMIN: Asker = Asker::Only(Role::Admin);

const WHOLE: Kind = Kind::Number { least: 0, most: i64::MAX as u64 };
/// No parameter.
const NOTHING: &[Parameter] = &[];

const COMMAND: Takes = Takes::Whole(COMMAND_BYTES_MAX);
const CHUNK: Takes = Takes::Whole(CHUNK_BYTES_MAX);

pub(super) static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let all = [
        page::rows(),
        page::tokens(),
        server::rows(),
        server::days(),
        server::kept(),
        jobs::rows(),
        jobs::turns(),
        jobs::ended(),
        jobs::of_one(),
        jobs::streams(),
        jobs::watched(),
        jobs::pictures(),
        jobs::presets(),
    ];
    let more = [webhooks::rows(), webhooks::sent(), farm::clients(), uploads::rows(), farm::bytes()];
    all.into_iter().chain(more).flatten().collect()
});
