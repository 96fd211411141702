//! The page, and signing in by a browser.

use std::collections::BTreeMap;

use super::super::Route;
use super::super::told::{delete, get, post};
use super::{ANYBODY, COMMAND, NOTHING};
use crate::http::resources::{page, session};

pub(super) fn rows() -> Vec<Route> {
    vec![
        get("/", ANYBODY).now(page::index).about("the page, for browsers (`Accept: text/html`)"),
        get("/ui/{digest}/{file}", ANYBODY).now(page::file).about("a file of the page"),
        get("/api/v1/session", ANYBODY)
            .then(|c| Box::pin(session::show(c)))
            .asks(NOTHING)
            .gives::<BTreeMap<String, serde_json::Value>>(200)
            .about("who the caller is, and the signed-in browsers of the same token; `{\"signed_in\":false}` for strangers"),
        post("/api/v1/session", ANYBODY)
            .then(|c| Box::pin(session::begin(c)))
            .takes(COMMAND)
            .asks(NOTHING)
            .wants::<session::Asked>()
            .gives::<BTreeMap<String, serde_json::Value>>(200)
            .about("signs a browser in by `{\"token\":…}` or `{\"code\":…}`, for longer with `\"stay\":true`"),
        delete("/api/v1/session", ANYBODY)
            .then(|c| Box::pin(session::end(c)))
            .asks(session::PARAMETERS)
            .gives::<BTreeMap<String, serde_json::Value>>(200)
            .about("signs this browser out, or with `?id=` another one of the same token"),
    ]
}
