//! Uploads by tus.

use super::super::told::{delete, get, head, options, patch, post};
use super::super::{Route, Takes};
use super::{SUBMITTER, WHOLE};
use crate::http::query::Kind;
use crate::http::resources::upload_list::UploadPage;
use crate::http::resources::{tus, upload_list, uploads};

pub(super) fn rows() -> Vec<Route> {
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
