//! The rows of the table.

use std::sync::LazyLock;

use ffmpeg_cluster_common::limits::{CHUNK_BYTES_MAX, COMMAND_BYTES_MAX};
use warp::http::Method;

use super::{Asker, Does, Route, Takes};
use crate::access::Role;
use crate::http::query::Parameter;
use crate::http::resources::{
    clients, commands, job_list, jobs, pieces, releases, results, sources, state, tus, uploads,
};

const ANYBODY: Asker = Asker::Anybody;
const WORKER: Asker = Asker::Only(Role::Worker);
const SUBMITTER: Asker = Asker::Only(Role::Submitter);
const ADMIN: Asker = Asker::Only(Role::Admin);

/// No parameter.
const NOTHING: &[Parameter] = &[];

const COMMAND: Takes = Takes::Whole(COMMAND_BYTES_MAX);
const CHUNK: Takes = Takes::Whole(CHUNK_BYTES_MAX);

pub(super) static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    vec![
        get("/healthz", ANYBODY)
            .then(|c| Box::pin(state::health(c)))
            .about(
                "`{\"status\":\"ok\"}`, or 503 and `\"disk full\"`; known callers also get the version, and what to do",
            ),
        get("/ws", WORKER).socket(Does::Client).about("the WebSocket of a client"),
        get("/ws/command", SUBMITTER)
            .socket(Does::Commands)
            .about("a WebSocket for commands, each a text frame"),
        post("/ws/command", SUBMITTER)
            .then(|c| Box::pin(commands::post(c)))
            .takes(COMMAND)
            .about("one command, as JSON"),
        get("/api/v1/jobs", SUBMITTER)
            .then(|c| Box::pin(job_list::all(c)))
            .asks(job_list::PARAMETERS)
            .about("a page of the caller's jobs, the newest first; of all jobs for an admin"),
        get("/api/v1/jobs/{job}", SUBMITTER)
            .then(|c| Box::pin(jobs::one(c)))
            .asks(NOTHING)
            .about("one job"),
        get("/api/v1/jobs/{job}/explain", SUBMITTER)
            .then(|c| Box::pin(jobs::explain(c)))
            .about("why it waits, or what it is doing"),
        get("/api/v1/jobs/{job}/result", SUBMITTER)
            .then(|c| Box::pin(results::send(c)))
            .about("the finished film, with ranges"),
        get("/api/v1/clients", SUBMITTER)
            .now(clients::all)
            .asks(clients::PARAMETERS)
            .about("a page of the connected clients"),
        get("/api/v1/clients/{client}", SUBMITTER)
            .now(clients::one)
            .asks(NOTHING)
            .about("one connected client"),
        get("/api/v1/refusals", ADMIN).now(state::refusals).about("refusals since the start, by kind"),
        options("/api/v1/uploads", SUBMITTER)
            .now(tus::options)
            .about("the supported extensions of tus 1.0: creation, checksum, termination"),
        post("/api/v1/uploads", SUBMITTER)
            .then(|c| Box::pin(uploads::create(c)))
            .about("a new upload, by `Upload-Length` and `Upload-Metadata`"),
        options("/api/v1/uploads/{upload}", SUBMITTER).now(tus::options).about("the same"),
        head("/api/v1/uploads/{upload}", SUBMITTER)
            .then(|c| Box::pin(uploads::head(c)))
            .about("`Upload-Offset`: the bytes received"),
        patch("/api/v1/uploads/{upload}", SUBMITTER)
            .then(|c| Box::pin(uploads::patch(c)))
            .takes(Takes::Stream)
            .about("appends bytes at `Upload-Offset`; what came before a connection broke is kept"),
        delete("/api/v1/uploads/{upload}", SUBMITTER)
            .then(|c| Box::pin(uploads::delete(c)))
            .about("removes an upload that no job reads"),
        get("/api/v1/sources/{job}", WORKER)
            .then(|c| Box::pin(sources::send(c)))
            .takes(Takes::NothingForAChunk)
            .about(
                "with `Range` and `If-Match`: at most one chunk of a source; `x-chunk-sha256` covers it; \
             412 when the source changed",
            ),
        head("/api/v1/pieces/{lease}", WORKER)
            .then(|c| Box::pin(pieces::offset(c)))
            .about("`Upload-Offset`: the bytes of the piece received"),
        patch("/api/v1/pieces/{lease}", WORKER).then(|c| Box::pin(pieces::append(c))).takes(CHUNK).about(
            "appends a chunk by `Upload-Offset` and `x-chunk-sha256`: 204, or 409 (other offset), \
             410 (no current lease), 422 (digest), 507 (disk full)",
        ),
        get("/api/v1/releases", SUBMITTER)
            .then(|c| Box::pin(releases::all(c)))
            .about("the client programs stored here: platform, version, bytes, SHA-256"),
        get("/api/v1/releases/{file}", WORKER)
            .then(|c| Box::pin(releases::send(c)))
            .about("one of them, with ranges"),
    ]
});

fn get(path: &'static str, who: Asker) -> Route {
    Route::new(Method::GET, path, who)
}

fn head(path: &'static str, who: Asker) -> Route {
    Route::new(Method::HEAD, path, who)
}

fn post(path: &'static str, who: Asker) -> Route {
    Route::new(Method::POST, path, who)
}

fn patch(path: &'static str, who: Asker) -> Route {
    Route::new(Method::PATCH, path, who)
}

fn delete(path: &'static str, who: Asker) -> Route {
    Route::new(Method::DELETE, path, who)
}

fn options(path: &'static str, who: Asker) -> Route {
    Route::new(Method::OPTIONS, path, who)
}
