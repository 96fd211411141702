//! Clients, and what they fetch and bring.

use ffmpeg_cluster_common::protocol::reply::ClientLine;
use ffmpeg_cluster_common::protocol::transfer::{CHUNK_SHA256, CLIENT_KEY, UPLOAD_OFFSET};

use super::super::told::{get, head, patch};
use super::super::{Route, Takes};
use super::{CHUNK, NOTHING, VIEWER, WHOLE, WORKER};
use crate::http::query::Kind;
use crate::http::resources::clients::ClientPage;
use crate::http::resources::{clients, pieces, sources};

pub(super) fn clients() -> Vec<Route> {
    vec![
        get("/api/v1/clients", VIEWER)
            .now(clients::all)
            .asks(clients::PARAMETERS)
            .gives::<ClientPage>(200)
            .tagged()
            .about("a page of the connected clients"),
        get("/api/v1/clients/{client}", VIEWER)
            .now(clients::one)
            .asks(NOTHING)
            .gives::<ClientLine>(200)
            .tagged()
            .about("one connected client"),
    ]
}

pub(super) fn bytes() -> Vec<Route> {
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
