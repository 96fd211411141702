//! The rows of the table.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ffmpeg_cluster_common::limits::{CHUNK_BYTES_MAX, COMMAND_BYTES_MAX};
use ffmpeg_cluster_common::protocol::release::Release;
use ffmpeg_cluster_common::protocol::reply::ClientLine;
use ffmpeg_cluster_common::protocol::transfer::{CHUNK_SHA256, CLIENT_KEY, UPLOAD_OFFSET};
use warp::reply::Response;

use super::told::{delete, get, head, options, patch, post};
use super::{Asker, Does, Route, Takes, openapi};
use crate::access::Role;
use crate::http::answer::Failure;
use crate::http::call::Call;
use crate::http::query::{Kind, Parameter};
use crate::http::resources::clients::ClientPage;
use crate::http::resources::job_list::JobPage;
use crate::http::resources::jobs::{Explained, Job};
use crate::http::resources::state::{Health, Readiness, System};
use crate::http::resources::submit::{JobNew, Plan};
use crate::http::resources::upload_list::UploadPage;
use crate::http::resources::{
    clients, commands, job_list, jobs, pieces, releases, results, sources, state, submit, tus, upload_list,
    uploads,
};
use crate::http::tagged::{Tag, tagged};

const ANYBODY: Asker = Asker::Anybody;
const WORKER: Asker = Asker::Only(Role::Worker);
const SUBMITTER: Asker = Asker::Only(Role::Submitter);
const ADMIN: Asker = Asker::Only(Role::Admin);

const WHOLE: Kind = Kind::Number { least: 0, most: i64::MAX as u64 };
/// No parameter.
const NOTHING: &[Parameter] = &[];

const COMMAND: Takes = Takes::Whole(COMMAND_BYTES_MAX);
const CHUNK: Takes = Takes::Whole(CHUNK_BYTES_MAX);

pub(super) static ROUTES: LazyLock<Vec<Route>> = LazyLock::new(|| {
    [server(), kept(), jobs(), of_a_job(), clients(), uploads(), clients_bytes()]
        .into_iter()
        .flatten()
        .collect()
});

fn server() -> Vec<Route> {
    vec![
        get("/healthz", ANYBODY)
            .then(|c| Box::pin(state::health(c)))
            .gives::<Health>(200)
            .gives::<Health>(503)
            .about("`{\"status\":\"ok\"}`, or 503 and `\"disk full\"`; known callers also get the version, and what to do"),
        get("/readyz", ANYBODY)
            .then(|c| Box::pin(state::ready(c)))
            .gives::<Readiness>(200)
            .gives::<Readiness>(503)
            .about("whether database, disk and ffmpeg are ready for a job; 503 if one is not"),
        get("/ws", WORKER).socket(Does::Client).about("the WebSocket of a client"),
        get("/ws/command", SUBMITTER)
            .socket(Does::Commands)
            .about("a WebSocket for commands, each a text frame"),
        post("/ws/command", SUBMITTER)
            .then(|c| Box::pin(commands::post(c)))
            .takes(COMMAND)
            .about("one command, as JSON"),
        get("/api/v1/openapi.json", SUBMITTER)
            .now(document)
            .asks(NOTHING)
            .gives::<BTreeMap<String, serde_json::Value>>(200)
            .tagged()
            .about("this interface as OpenAPI 3.1"),
        get("/api/v1/system", SUBMITTER)
            .then(|c| Box::pin(state::system(c)))
            .asks(NOTHING)
            .gives::<System>(200)
            .about("versions, ffmpeg's encoders, free disk, the caller's limits"),
    ]
}

/// What the server keeps, and whom it turned away.
fn kept() -> Vec<Route> {
    vec![
        get("/api/v1/refusals", ADMIN)
            .now(state::refusals)
            .gives::<BTreeMap<String, u64>>(200)
            .about("refusals since the start, by kind"),
        get("/api/v1/releases", SUBMITTER)
            .then(|c| Box::pin(releases::all(c)))
            .gives::<Vec<Release>>(200)
            .about("the client programs stored here: platform, version, bytes, SHA-256"),
        get("/api/v1/releases/{file}", WORKER)
            .then(|c| Box::pin(releases::send(c)))
            .gives_bytes(200)
            .gives_bytes(206)
            .about("one of them, with ranges"),
    ]
}

fn jobs() -> Vec<Route> {
    vec![
        get("/api/v1/jobs", SUBMITTER)
            .then(|c| Box::pin(job_list::all(c)))
            .asks(job_list::PARAMETERS)
            .gives::<JobPage>(200)
            .tagged()
            .about("a page of the caller's jobs, the newest first; of all jobs for an admin"),
        post("/api/v1/jobs", SUBMITTER)
            .then(|c| Box::pin(submit::create(c)))
            .takes(COMMAND)
            .asks(NOTHING)
            .wants::<JobNew>()
            .gives::<Job>(201)
            .about("makes a job of a film below a media root, or of an upload; `Location` names it"),
        post("/api/v1/plan", SUBMITTER)
            .then(|c| Box::pin(submit::plan(c)))
            .takes(COMMAND)
            .asks(NOTHING)
            .wants::<JobNew>()
            .gives::<Plan>(200)
            .about("whether such a job would be accepted, and with which settings; nothing is made"),
        get("/api/v1/jobs/{job}", SUBMITTER)
            .then(|c| Box::pin(jobs::one(c)))
            .asks(NOTHING)
            .gives::<Job>(200)
            .tagged()
            .about("one job"),
    ]
}

fn of_a_job() -> Vec<Route> {
    vec![
        post("/api/v1/jobs/{job}/cancel", SUBMITTER)
            .then(|c| Box::pin(submit::cancel(c)))
            .asks(NOTHING)
            .gives::<Job>(200)
            .about("cancels a job that has not ended"),
        post("/api/v1/jobs/{job}/start", SUBMITTER)
            .then(|c| Box::pin(submit::start(c)))
            .asks(NOTHING)
            .gives::<Job>(200)
            .about("starts a waiting job with the connected clients"),
        get("/api/v1/jobs/{job}/explain", SUBMITTER)
            .then(|c| Box::pin(jobs::explain(c)))
            .gives::<Explained>(200)
            .about("why it waits, or what it is doing"),
        get("/api/v1/jobs/{job}/result", SUBMITTER)
            .then(|c| Box::pin(results::send(c)))
            .gives_bytes(200)
            .gives_bytes(206)
            .about("the finished film, with ranges"),
    ]
}

fn clients() -> Vec<Route> {
    vec![
        get("/api/v1/clients", SUBMITTER)
            .now(clients::all)
            .asks(clients::PARAMETERS)
            .gives::<ClientPage>(200)
            .tagged()
            .about("a page of the connected clients"),
        get("/api/v1/clients/{client}", SUBMITTER)
            .now(clients::one)
            .asks(NOTHING)
            .gives::<ClientLine>(200)
            .tagged()
            .about("one connected client"),
    ]
}

fn uploads() -> Vec<Route> {
    let tus = |route: Route| route.needs("Tus-Resumable", Kind::OneOf(&["1.0.0"]), "the version of tus");
    vec![
        get("/api/v1/uploads", SUBMITTER)
            .then(|c| Box::pin(upload_list::all(c)))
            .asks(upload_list::PARAMETERS)
            .gives::<UploadPage>(200)
            .tagged()
            .about("a page of the caller's uploads; of all uploads for an admin"),
        options("/api/v1/uploads", SUBMITTER)
            .now(tus::options)
            .gives_nothing(204)
            .about("the supported extensions of tus 1.0: creation, checksum, termination"),
        tus(post("/api/v1/uploads", SUBMITTER))
            .then(|c| Box::pin(uploads::create(c)))
            .needs("Upload-Length", WHOLE, "how many bytes will come")
            .may_have("Upload-Metadata", Kind::Text, "words and their values in base64, such as `filename`")
            .gives_nothing(201)
            .about("a new upload, by `Upload-Length` and `Upload-Metadata`"),
        options("/api/v1/uploads/{upload}", SUBMITTER).now(tus::options).gives_nothing(204).about("the same"),
        tus(head("/api/v1/uploads/{upload}", SUBMITTER))
            .then(|c| Box::pin(uploads::head(c)))
            .gives_nothing(200)
            .about("`Upload-Offset`: the bytes received"),
        tus(patch("/api/v1/uploads/{upload}", SUBMITTER))
            .then(|c| Box::pin(uploads::patch(c)))
            .takes(Takes::Stream)
            .needs("Upload-Offset", WHOLE, "where these bytes begin")
            .may_have("Upload-Checksum", Kind::Text, "`sha1` or `sha256`, and the digest in base64")
            .wants_bytes()
            .gives_nothing(204)
            .about("appends bytes at `Upload-Offset`; what came before a connection broke is kept"),
        tus(delete("/api/v1/uploads/{upload}", SUBMITTER))
            .then(|c| Box::pin(uploads::delete(c)))
            .gives_nothing(204)
            .about("removes an upload that no job reads"),
    ]
}

/// What clients fetch and bring.
fn clients_bytes() -> Vec<Route> {
    let keyed = |route: Route| route.needs(CLIENT_KEY, Kind::Text, "the client's identity and key");
    vec![
        keyed(get("/api/v1/sources/{job}", WORKER))
            .then(|c| Box::pin(sources::send(c)))
            .takes(Takes::NothingForAChunk)
            .gives_bytes(206)
            .about(
                "with `Range` and `If-Match`: at most one chunk of a source; `x-chunk-sha256` covers it; \
             412 when the source changed",
            ),
        keyed(head("/api/v1/pieces/{lease}", WORKER))
            .then(|c| Box::pin(pieces::offset(c)))
            .gives_nothing(200)
            .about("`Upload-Offset`: the bytes of the piece received"),
        keyed(patch("/api/v1/pieces/{lease}", WORKER))
            .then(|c| Box::pin(pieces::append(c)))
            .takes(CHUNK)
            .needs(UPLOAD_OFFSET, WHOLE, "where these bytes begin")
            .needs(CHUNK_SHA256, Kind::Text, "their digest")
            .wants_bytes()
            .gives_nothing(204)
            .about(
                "appends a chunk by `Upload-Offset` and `x-chunk-sha256`: 204, or 409 (other offset), \
             410 (no current lease), 422 (digest), 507 (disk full)",
            ),
    ]
}

fn document(call: &Call) -> Result<Response, Failure> {
    static DOCUMENT: LazyLock<serde_json::Value> = LazyLock::new(|| openapi::document(&ROUTES));
    Ok(tagged(&call.headers, &*DOCUMENT, Tag::Strong))
}
